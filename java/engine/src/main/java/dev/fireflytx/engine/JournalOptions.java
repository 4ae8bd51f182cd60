package dev.fireflytx.engine;

import java.util.concurrent.TimeUnit;

/**
 * How an engine keeps a journal.
 *
 * @param replaced the number of the owner that the engine was ({@link Store#owner}), if it takes the place of one whose process has died while
 *     its executor's lives: it is that again, unless others have taken over; or {@link Store#NOBODY}
 * @param retentionMs how long sagas that have ended are kept before a tombstone takes their place, in milliseconds; at least
 *     {@value #SHORTEST_RETENTION_MS}. Those whose compensation failed are kept until somebody resolves it
 */
public record JournalOptions(long replaced, long retentionMs) {
    /** So long, whoever waited for a result while its engine's process was replaced can still have it. */
    public static final long SHORTEST_RETENTION_MS = 1_000;

    /**
     * Checks the options.
     *
     * @param replaced see above
     * @param retentionMs see above
     * @throws IllegalArgumentException if the retention is too short
     */
    public JournalOptions {
        if (retentionMs < SHORTEST_RETENTION_MS) {
            throw new IllegalArgumentException("retentionMs must be at least " + SHORTEST_RETENTION_MS + ", got " + retentionMs + ".");
        }
    }

    /** {@return the defaults: a new owner, which keeps sagas for seven days} */
    public static JournalOptions standard() {
        return new JournalOptions(Store.NOBODY, TimeUnit.DAYS.toMillis(7));
    }

    /**
     * {@return these options, in the place of another owner}
     *
     * @param owner its number
     */
    public JournalOptions replacing(long owner) {
        return new JournalOptions(owner, retentionMs);
    }

    /**
     * {@return these options, with another retention}
     *
     * @param ms how long, in milliseconds
     */
    public JournalOptions keepingForMs(long ms) {
        return new JournalOptions(replaced, ms);
    }
}
