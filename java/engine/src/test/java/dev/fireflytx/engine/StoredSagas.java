package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.step;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import java.util.List;
import java.util.Optional;

/** Entries for stores, as an engine would append them. */
public final class StoredSagas {
    /** What the entries' sagas run. */
    public static final SagaDefinition ONE = SagaDefinition.of("one", step("a").build());

    /** When they begin. */
    public static final long AT_MS = 1_000;

    private StoredSagas() {}

    /**
     * A saga's first entry.
     *
     * @param id the saga's id
     * @param status how it stands after it
     * @return the entry
     */
    public static Store.Entry begun(String id, SagaStatus status) {
        return begun(ONE, id, status, AT_MS);
    }

    /**
     * A saga's first entry.
     *
     * @param saga what it runs
     * @param id the saga's id
     * @param status how it stands after it
     * @param atMs when
     * @return the entry
     */
    public static Store.Entry begun(SagaDefinition saga, String id, SagaStatus status, long atMs) {
        return new Store.Entry(id, Optional.of(new Store.Beginning(saga, "hash of " + id)), atMs, started(atMs), status);
    }

    /**
     * A later entry.
     *
     * @param id the saga's id
     * @param status how it stands after it
     * @param atMs when
     * @return the entry
     */
    public static Store.Entry later(String id, SagaStatus status, long atMs) {
        return new Store.Entry(id, Optional.empty(), atMs, completed(), status);
    }

    /**
     * An entry with events.
     *
     * @param entry the entry
     * @param events what tells of its facts
     * @return the same entry with them
     */
    public static Store.Entry with(Store.Entry entry, String... events) {
        return new Store.Entry(entry.correlationId(), entry.beginning(), entry.atMs(), entry.facts(), entry.status(), List.of(events));
    }

    /**
     * What {@link #begun} appends.
     *
     * @param atMs when
     * @return the facts
     */
    public static List<Fact> started(long atMs) {
        return List.of(new Fact.SagaStarted("{\"a\":1.10}", 0, 1, atMs), new Fact.AttemptStarted(first()));
    }

    /** {@return what {@link #later} appends} */
    public static List<Fact> completed() {
        return List.of(new Fact.AttemptSucceeded(first(), "{\"b\":-0.0}", "{}"), new Fact.StepCompleted(first()));
    }

    private static AttemptRef first() {
        return new AttemptRef(0, Direction.FORWARD, 1);
    }
}
