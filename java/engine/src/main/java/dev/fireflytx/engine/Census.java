package dev.fireflytx.engine;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Counts a store's sagas, and remembers what it found for a while: a second, and longer if counting takes long, so that whoever asks all the
 * time never takes more than a small part of a processor away from the sagas. Used by one thread.
 */
final class Census {
    private static final long FRESH_NS = TimeUnit.SECONDS.toNanos(1);

    /** Counting takes one part in so many of the time. */
    private static final long SHARE = 100;

    private final Store store;
    private final EngineClock clock;
    private final LongSupplier nanoTime;
    private List<SagaCount> counts;
    private long validUntilNs;

    Census(Store store, EngineClock clock, LongSupplier nanoTime) {
        this.store = store;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    List<SagaCount> counts() {
        long beginNs = nanoTime.getAsLong();
        if (counts == null || beginNs - validUntilNs >= 0) {
            counts = store.count(clock.nowMs());
            long endNs = nanoTime.getAsLong();
            validUntilNs = endNs + Math.max(FRESH_NS, (endNs - beginNs) * SHARE);
        }
        return counts;
    }
}
