package dev.fireflytx.engine;

import java.security.SecureRandom;
import java.util.UUID;

/** Makes ids for runs whose callers bring none. */
final class CorrelationIds {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int VERSION_7 = 0x7000;

    private CorrelationIds() {}

    /** A fresh UUIDv7: a Unix time in milliseconds, then random bits, so that ids sort by their age. Source: RFC 9562, section 5.7. */
    static String next() {
        long high = System.currentTimeMillis() << 16 | VERSION_7 | RANDOM.nextInt(1 << 12);
        long low = RANDOM.nextLong() >>> 2 | Long.MIN_VALUE;
        return new UUID(high, low).toString();
    }
}
