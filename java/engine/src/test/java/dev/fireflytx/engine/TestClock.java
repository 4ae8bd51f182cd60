package dev.fireflytx.engine;

import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until a test moves it. */
final class TestClock implements EngineClock {
    static final long START_MS = 1_700_000_000_000L;

    private final AtomicLong nowMs = new AtomicLong(START_MS);

    @Override
    public long nowMs() {
        return nowMs.get();
    }

    void jump(long ms) {
        nowMs.addAndGet(ms);
    }
}
