package dev.fireflytx.engine;

import dev.fireflytx.core.definition.SagaPlan;
import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.SagaMachine;
import dev.fireflytx.core.machine.SagaState;
import dev.fireflytx.core.machine.Signal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One saga that has not ended: its state, its values, its timers, and who waits for it. Used by whoever holds the lock of {@link Commits}.
 *
 * <p>A saga that was taken over from a store has no values until somebody asks for one, and one that waits for a place leaves large ones to
 * the store: a hundred thousand that wait should not fill the memory with inputs.
 */
final class SagaRun {
    /** Small ones cost less to keep than to read again. */
    private static final long MOST_CHARS_WHILE_WAITING = 1_024;

    private final String correlationId;
    private final String inputHash;
    private final Store store;
    private final List<Store.TimedFacts> since = new ArrayList<>();
    private final Map<Signal, Timers.Timer> timers = new HashMap<>();
    private final List<Consumer<SagaResult>> waiting = new ArrayList<>();
    private int turns;
    private int onTheWay;
    private long factCount;
    private boolean begun;
    private RunValues values;
    private SagaState state;

    private SagaRun(String correlationId, String inputHash, SagaState state, Store store) {
        this.correlationId = correlationId;
        this.inputHash = inputHash;
        this.store = store;
        this.state = state;
    }

    /** A run to which nothing has happened yet. */
    static SagaRun fresh(String correlationId, String inputHash, SagaPlan plan, Store store) {
        SagaRun run = new SagaRun(correlationId, inputHash, SagaMachine.blank(plan), store);
        run.values = new RunValues(plan);
        return run;
    }

    /** A run as its facts tell it; its values are read again from the store when they are needed. */
    static SagaRun restored(Store.StoredSaga saga, Store store) {
        try {
            SagaRun run = new SagaRun(saga.header().correlationId(), saga.header().inputHash(), SagaCheck.stateOf(saga), store);
            run.begun = true;
            run.turns = saga.turns().size();
            run.factCount = saga.turns().stream().mapToLong(turn -> turn.facts().size()).sum();
            return run;
        } catch (RuntimeException e) {
            throw RefusedException.senseless(saga.header(), store, e); // of one saga, and no reason to stop the others
        }
    }

    /** A run that is only looked at, or that has ended: it has its values, since the store may not keep them much longer. */
    static SagaRun stopped(Store.StoredSaga saga, Store store) {
        SagaRun run = restored(saga, store);
        run.values = run.read(saga.turns());
        return run;
    }

    void apply(List<Fact> facts, long atMs) {
        state = SagaMachine.evolve(state, facts);
        turns++;
        factCount += facts.size();
        if (values == null) {
            since.add(new Store.TimedFacts(atMs, facts));
        } else {
            facts.forEach(fact -> values.apply(fact, atMs));
        }
    }

    /** What the store has to know of the run besides its facts, the first time. */
    Optional<Store.Beginning> takeBeginning() {
        if (begun) {
            return Optional.empty();
        }
        begun = true;
        return Optional.of(new Store.Beginning(plan().definition(), inputHash));
    }

    RunValues values() {
        if (values == null) {
            RunValues read = read(earlier());
            since.forEach(turn -> turn.facts().forEach(fact -> read.apply(fact, turn.atMs())));
            since.clear();
            values = read;
        }
        return values;
    }

    private RunValues read(List<Store.TimedFacts> from) {
        RunValues read = new RunValues(plan());
        from.forEach(turn -> turn.facts().forEach(fact -> read.apply(fact, turn.atMs())));
        return read;
    }

    private List<Store.TimedFacts> earlier() {
        return store.load(correlationId)
                .orElseThrow(() -> new StoreException("Saga '" + correlationId + "' has vanished from the store."))
                .turns().subList(0, turns - since.size());
    }

    /** Something that happened to it has been decided, and is not durable yet. */
    void isOnItsWay() {
        onTheWay++;
    }

    /** What was on its way first is durable. */
    void isDurableOnceMore() {
        onTheWay--;
    }

    /** Leaves large values to the store until somebody asks for them again, if all that was applied is there. */
    void leaveValues() {
        if (onTheWay == 0 && values != null && values.sizeChars() > MOST_CHARS_WHILE_WAITING) {
            values = null;
        }
    }

    /** How many facts there are, those included that are not durable yet. */
    long factCount() {
        return factCount;
    }

    String correlationId() {
        return correlationId;
    }

    String inputHash() {
        return inputHash;
    }

    String saga() {
        return plan().definition().name();
    }

    SagaPlan plan() {
        return state.plan();
    }

    SagaState state() {
        return state;
    }

    Map<Signal, Timers.Timer> timers() {
        return timers;
    }

    List<Consumer<SagaResult>> waiting() {
        return waiting;
    }

    AttemptId name(AttemptRef attempt, long fence) {
        return new AttemptId(
                correlationId, plan().step(attempt.step()).id(), attempt.direction(), attempt.number(), fence);
    }
}
