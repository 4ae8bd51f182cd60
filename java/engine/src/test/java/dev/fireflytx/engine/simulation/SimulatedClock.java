package dev.fireflytx.engine.simulation;

import dev.fireflytx.engine.EngineClock;

/** Time that passes only when the run says so. */
final class SimulatedClock implements EngineClock {
    private long nowMs = 1_000_000;

    @Override
    public long nowMs() {
        return nowMs;
    }

    void pass(long ms) {
        nowMs += ms;
    }
}
