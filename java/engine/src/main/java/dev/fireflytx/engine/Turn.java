package dev.fireflytx.engine;

import dev.fireflytx.core.machine.Fact;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One turn of the loop: what it decided, and what may leave once that is durable. */
final class Turn {
    private final List<Store.Entry> entries = new ArrayList<>();
    private final List<Runnable> whenDurable = new ArrayList<>();

    void record(SagaRun run, long atMs, List<Fact> facts, Optional<Store.EndedSaga> end) {
        entries.add(new Store.Entry(run.correlationId(), run.saga(), atMs, facts, end));
    }

    void whenDurable(Runnable action) {
        whenDurable.add(action);
    }

    /** Makes the turn durable, then lets everything out, in order. */
    void commit(Store store) {
        if (!entries.isEmpty()) {
            store.append(entries);
        }
        whenDurable.forEach(Runnable::run);
    }
}
