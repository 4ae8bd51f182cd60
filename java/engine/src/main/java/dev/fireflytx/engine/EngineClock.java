package dev.fireflytx.engine;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

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
        long aheadNs = wallAheadNs();
        return () -> (System.nanoTime() + aheadNs) / 1_000_000;
    }

    /**
     * How far the wall clock is ahead of {@link System#nanoTime()}. Of a few readings the one counts that took least: a process that is
     * interrupted between its two halves would be late by as much until it ends.
     *
     * @return nanoseconds
     */
    static long wallAheadNs() {
        long aheadNs = 0;
        long leastNs = Long.MAX_VALUE;
        for (int reading = 0; reading < 3; reading++) {
            long beforeNs = System.nanoTime();
            Instant wall = Instant.now();
            long tookNs = System.nanoTime() - beforeNs;
            if (tookNs < leastNs) {
                leastNs = tookNs;
                aheadNs = TimeUnit.SECONDS.toNanos(wall.getEpochSecond()) + wall.getNano() - beforeNs;
            }
        }
        return aheadNs;
    }
}
