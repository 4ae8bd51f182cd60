package dev.fireflytx.core.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RetryPolicyTest {
    private static final double ALMOST_ONE = Math.nextDown(1.0);

    private final RetryPolicy policy = new RetryPolicy(9, 30_000, 100);

    @Test
    void the_longest_pause_doubles_with_each_failure() {
        assertEquals(99, policy.delayMs(1, ALMOST_ONE));
        assertEquals(199, policy.delayMs(2, ALMOST_ONE));
        assertEquals(399, policy.delayMs(3, ALMOST_ONE));
    }

    @Test
    void the_jitter_is_full() {
        assertEquals(0, policy.delayMs(3, 0.0));
        assertEquals(200, policy.delayMs(3, 0.5));
    }

    @Test
    void no_pause_is_longer_than_30_seconds() {
        assertEquals(15_000, policy.delayMs(10, 0.5));
        assertEquals(15_000, new RetryPolicy(3, 1, Long.MAX_VALUE).delayMs(1, 0.5));
    }

    @Test
    void any_number_of_failures_overflows_nothing() {
        assertEquals(15_000, policy.delayMs(Integer.MAX_VALUE, 0.5));
        assertEquals(15_000, new RetryPolicy(3, 1, 1).delayMs(64, 0.5));
    }

    @Test
    void without_a_backoff_there_is_no_pause() {
        assertEquals(0, new RetryPolicy(3, 1, 0).delayMs(5, ALMOST_ONE));
    }
}
