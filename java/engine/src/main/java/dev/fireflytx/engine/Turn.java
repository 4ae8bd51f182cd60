package dev.fireflytx.engine;

import dev.fireflytx.core.machine.Fact;
import java.util.ArrayList;
import java.util.List;

/** One turn of the loop: what it decided, and what may leave once that is durable. */
final class Turn {
    private final List<Store.Entry> entries = new ArrayList<>();
    private final List<Runnable> whenDurable = new ArrayList<>();

    void record(SagaRun run, long atMs, List<Fact> facts) {
        entries.add(new Store.Entry(
                run.correlationId(), run.takeBeginning(), atMs, facts, SagaStatus.of(run.state())));
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
