package dev.fireflytx.engine;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How one run is started.
 *
 * @param correlationId the run's id, up to 200 printable characters; without one it gets a UUID. An id that was used before joins that run
 * @param timeout a limit for the whole run, after which it is undone; without one the saga's counts
 */
public record StartOptions(Optional<String> correlationId, Optional<Duration> timeout) {
    /** An id of its own, and the saga's limit. */
    public static final StartOptions DEFAULT = new StartOptions(Optional.empty(), Optional.empty());

    /**
     * Checks what it is given.
     *
     * @param correlationId the run's id
     * @param timeout a limit for the whole run; at least 1 ms
     */
    public StartOptions {
        Objects.requireNonNull(correlationId, "correlationId");
        if (timeout.isPresent() && timeout.get().toMillis() < 1) {
            throw new IllegalArgumentException("A run's timeout must be at least 1 ms, got " + timeout.get() + ".");
        }
    }

    /**
     * A run with an id of the caller's choice.
     *
     * @param correlationId the run's id
     * @return the options
     */
    public static StartOptions id(String correlationId) {
        return new StartOptions(Optional.of(correlationId), Optional.empty());
    }

    /**
     * The same with a limit.
     *
     * @param limit for the whole run
     * @return the options
     */
    public StartOptions timeout(Duration limit) {
        return new StartOptions(correlationId, Optional.of(limit));
    }
}
