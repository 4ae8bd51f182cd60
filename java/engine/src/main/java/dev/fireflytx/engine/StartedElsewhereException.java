package dev.fireflytx.engine;

import java.util.Set;

/** The store has sagas of these ids already, or another engine of it has reopened them a moment earlier. Nothing of the batch was written. */
public final class StartedElsewhereException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Set<String> correlationIds;

    /**
     * Says which.
     *
     * @param correlationIds the ids
     */
    public StartedElsewhereException(Set<String> correlationIds) {
        super("Started by another engine: " + String.join(", ", correlationIds));
        this.correlationIds = Set.copyOf(correlationIds);
    }

    /** {@return the ids} */
    public Set<String> correlationIds() {
        return correlationIds;
    }
}
