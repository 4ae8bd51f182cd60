package dev.fireflytx.core.definition;

/**
 * How often an action is tried, and for how long.
 *
 * @param maxAttempts attempts in all, the first included; at least 1
 * @param timeoutMs the limit of one attempt, counted from when its body starts; at least 1
 * @param backoffMs the longest pause before the second attempt, doubled for each further one; at least 0
 */
public record RetryPolicy(int maxAttempts, long timeoutMs, long backoffMs) {

    /** The longest pause before any attempt. */
    public static final long MAX_BACKOFF_MS = 30_000;

    /** Three attempts of 30 s each, 100 ms apart at first. */
    public static final RetryPolicy DEFAULT = new RetryPolicy(3, 30_000, 100);

    private static final int LAST_DOUBLING = 40;

    /**
     * The pause after the n-th failed attempt: full jitter under a doubling ceiling.
     *
     * @param failures how many attempts have failed, at least 1
     * @param jitter a number from 0 (inclusive) to 1 (exclusive)
     * @return milliseconds, from 0 to {@link #MAX_BACKOFF_MS}
     * @see <a href="https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/">Exponential backoff and jitter</a>
     */
    public long delayMs(int failures, double jitter) {
        long ceilingMs = MAX_BACKOFF_MS;
        int doublings = Math.min(failures - 1, LAST_DOUBLING);
        if (backoffMs <= MAX_BACKOFF_MS >> Math.min(doublings, Long.SIZE - 2)) {
            ceilingMs = backoffMs << doublings;
        }
        return (long) (ceilingMs * jitter);
    }
}
