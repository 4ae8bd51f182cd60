package dev.fireflytx.core.machine;

import dev.fireflytx.core.definition.CompensationDefinition;
import dev.fireflytx.core.definition.CompensationOrder;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.SagaPlan;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.definition.StepKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A saga to tell stories with: what happens to it, and what it then asks for.
 *
 * <p>A step's name means its latest attempt, whatever that runs; {@code news("pay", 1)} means its first forward attempt.
 */
final class Scenario {
    static final long START_MS = 1_000;

    private final SagaPlan plan;
    private final Map<Integer, AttemptRef> latest = new HashMap<>();
    private SagaState state;
    private List<Fact> recorded = List.of();
    private List<String> asked = List.of();
    private long nowMs = START_MS;
    private double jitter = 0.5;
    private Places places = Places.UNLIMITED;

    private Scenario(SagaDefinition definition) {
        this.plan = SagaPlan.of(definition);
        this.state = SagaMachine.blank(plan);
        tell(new Signal.Start("{}", 0));
    }

    static Scenario start(StepDefinition.Builder... steps) {
        return start(0, 0, CompensationOrder.SEQUENTIAL, steps);
    }

    static Scenario startTimed(long timeoutMs, StepDefinition.Builder... steps) {
        return start(timeoutMs, 0, CompensationOrder.SEQUENTIAL, steps);
    }

    static Scenario startLimited(int concurrency, StepDefinition.Builder... steps) {
        return start(0, concurrency, CompensationOrder.SEQUENTIAL, steps);
    }

    static Scenario startParallelLimited(int concurrency, StepDefinition.Builder... steps) {
        return start(0, concurrency, CompensationOrder.PARALLEL, steps);
    }

    static Scenario startParallel(StepDefinition.Builder... steps) {
        return start(0, 0, CompensationOrder.PARALLEL, steps);
    }

    private static Scenario start(
            long timeoutMs, int concurrency, CompensationOrder order, StepDefinition.Builder... steps) {
        List<StepDefinition> built = List.of(steps).stream().map(StepDefinition.Builder::build).toList();
        return new Scenario(new SagaDefinition("story", built,
                timeoutMs > 0 ? OptionalLong.of(timeoutMs) : OptionalLong.empty(),
                concurrency > 0 ? OptionalInt.of(concurrency) : OptionalInt.empty(), order));
    }

    /** A step with a compensation, three attempts each, and a pause of 100 ms at first. */
    static StepDefinition.Builder undoable(String id) {
        return StepDefinition.step(id)
                .compensation(new CompensationDefinition(StepKind.COROUTINE, false, RetryPolicy.DEFAULT));
    }

    static RetryPolicy attempts(int count) {
        return new RetryPolicy(count, 5_000, 100);
    }

    Scenario succeeds(String... steps) {
        for (String step : steps) {
            tell(new Signal.Succeeded(attempt(step), "{}", "{}"));
        }
        return this;
    }

    Scenario fails(String step) {
        return tell(new Signal.Failed(attempt(step), "{}", true, "{}"));
    }

    Scenario failsForGood(String step) {
        return tell(new Signal.Failed(attempt(step), "{}", false, "{}"));
    }

    Scenario says(String step, boolean verdict) {
        return tell(new Signal.Verdict(attempt(step), verdict));
    }

    Scenario runsOutOfTime(String step) {
        return tell(new Signal.TimeUp(attempt(step)));
    }

    Scenario ends(String step) {
        return tell(new Signal.Ended(attempt(step), "{}"));
    }

    Scenario doesNotEnd(String step) {
        return tell(new Signal.SettleTimeUp(attempt(step)));
    }

    Scenario isLost(String step) {
        return tell(new Signal.Lost(attempt(step)));
    }

    Scenario pauses(String step) {
        nowMs = state.step(index(step)).dueMs();
        return tell(new Signal.BackoffOver(index(step)));
    }

    /** The success of a certain forward attempt. */
    Scenario news(String step, int number) {
        return tell(new Signal.Succeeded(new AttemptRef(index(step), Direction.FORWARD, number), "{}", "{}"));
    }

    Scenario isCancelled() {
        return tell(new Signal.Cancel("changed my mind"));
    }

    Scenario runsOutOfTime() {
        return tell(new Signal.SagaTimeUp());
    }

    Scenario getsPlace(String step) {
        return tell(new Signal.Placed(attempt(step)));
    }

    Scenario withPlaces(int coroutines, int threads) {
        places = new Places(coroutines, threads, 0);
        return this;
    }

    Scenario withJitter(double next) {
        jitter = next;
        return this;
    }

    Scenario tell(Signal signal) {
        SagaState before = state;
        recorded = SagaMachine.decide(state, new Input(signal, nowMs, jitter, places));
        state = SagaMachine.evolve(state, recorded);
        asked = Commands.between(before, state).stream().map(this::describe).toList();
        return this;
    }

    private String describe(Commands.Command command) {
        if (command instanceof Commands.Run run) {
            latest.put(run.attempt().step(), run.attempt());
            return word(run.attempt()) + id(run.attempt().step());
        } else if (command instanceof Commands.Queue queue) {
            latest.put(queue.attempt().step(), queue.attempt());
            return "queue to " + word(queue.attempt()) + id(queue.attempt().step());
        } else if (command instanceof Commands.Unqueue unqueue) {
            return "unqueue " + id(unqueue.attempt().step());
        } else if (command instanceof Commands.Stop stop) {
            return "stop " + id(stop.attempt().step());
        } else if (command instanceof Commands.Wake wake) {
            return "wake " + id(wake.step()) + " in " + (wake.dueMs() - nowMs) + " ms";
        }
        return "wake the saga in " + (((Commands.WakeSaga) command).dueMs() - nowMs) + " ms";
    }

    private static String word(AttemptRef attempt) {
        return switch (attempt.direction()) {
            case CONDITION -> "ask ";
            case FORWARD -> "run ";
            case BACKWARD -> "undo ";
        };
    }

    /** What the last thing that happened made the saga ask for. */
    List<String> asks() {
        return asked;
    }

    /** What the last thing that happened made the saga record. */
    List<Fact> records() {
        return recorded;
    }

    SagaState state() {
        return state;
    }

    SagaPhase phase() {
        return state.phase();
    }

    StepPhase phaseOf(String step) {
        return state.step(index(step)).phase();
    }

    AttemptRef attempt(String step) {
        return latest.get(index(step));
    }

    private int index(String step) {
        return plan.indexOf(step);
    }

    private String id(int step) {
        return plan.step(step).id();
    }
}
