package dev.fireflytx.engine.journal;

/** A machine's clocks, set by hand. */
final class HandClock implements JournalClock.Source {
    /** When it begins, by the wall clock. */
    static final long START_MS = 1_700_000_000_000L;

    private String boot = "first";
    private long monotonicMs = 5_000;
    private long wallMs = START_MS;

    @Override
    public synchronized String boot() {
        return boot;
    }

    @Override
    public synchronized long monotonicMs() {
        return monotonicMs;
    }

    @Override
    public synchronized long wallAheadMs() {
        return wallMs - monotonicMs;
    }

    synchronized long wallMs() {
        return wallMs;
    }

    synchronized void pass(long ms) {
        monotonicMs += ms;
        wallMs += ms;
    }

    /** Somebody sets the wall clock. */
    synchronized void setWallBy(long ms) {
        wallMs += ms;
    }

    /** The machine starts again, and its wall clock shows so much more. */
    synchronized void restart(long ms) {
        boot += "+";
        monotonicMs = 0;
        wallMs += ms;
    }
}
