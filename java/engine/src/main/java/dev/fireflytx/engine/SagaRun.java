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
import java.util.function.Consumer;

/** One saga that has not ended: its state, its values, its timers, and who waits for it. Used by the loop's thread alone. */
final class SagaRun {
    private final String correlationId;
    private final String inputHash;
    private final RunValues values;
    private final Map<Signal, Timers.Timer> timers = new HashMap<>();
    private final List<Consumer<SagaResult>> waiting = new ArrayList<>();
    private SagaState state;

    SagaRun(String correlationId, String inputHash, SagaPlan plan) {
        this.correlationId = correlationId;
        this.inputHash = inputHash;
        this.values = new RunValues(plan);
        this.state = SagaMachine.blank(plan);
    }

    void apply(List<Fact> facts, long atMs) {
        state = SagaMachine.evolve(state, facts);
        facts.forEach(fact -> values.apply(fact, atMs));
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

    RunValues values() {
        return values;
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
