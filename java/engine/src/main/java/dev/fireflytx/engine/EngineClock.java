package dev.fireflytx.engine;

/** The engine's time. It never goes back and never jumps, whatever happens to the machine's wall clock. */
public interface EngineClock {

    /** {@return milliseconds since 1970, as the wall clock showed when the engine started, and counted on from there} */
    long nowMs();

    /**
     * The system's monotonic clock, set to the wall clock once.
     *
     * @return a clock
     */
    static EngineClock system() {
        long originMs = System.currentTimeMillis();
        long originNs = System.nanoTime();
        return () -> originMs + (System.nanoTime() - originNs) / 1_000_000;
    }
}
