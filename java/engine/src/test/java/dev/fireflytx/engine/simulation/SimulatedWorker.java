package dev.fireflytx.engine.simulation;

import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.engine.AttemptId;
import dev.fireflytx.engine.Outcome;
import dev.fireflytx.engine.Reports;
import dev.fireflytx.engine.SagaError;
import dev.fireflytx.engine.StepExecutor;
import dev.fireflytx.engine.StopReason;
import dev.fireflytx.engine.Task;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The process that runs the steps. It outlives the engine's, keeps every outcome until the engine has it durably, and says some things
 * twice.
 */
final class SimulatedWorker implements StepExecutor {
    private static final String EMPTY = "{}";
    private static final int SHORT_MS = 300;
    private static final int LONG_MS = 4_000;
    private static final int VERY_LONG_MS = 15_000;

    private final Dice dice;
    private final SimulatedClock clock;
    private final EffectLog log;
    private final Map<Attempt, Running> running = new LinkedHashMap<>();
    private final Map<Attempt, Held> held = new LinkedHashMap<>();
    private final Map<StepKind, Integer> places = new EnumMap<>(StepKind.class);
    private Reports reports;
    private Consumer<Runnable> whenDurable;
    private boolean calm;
    private int startsUntilCrash = -1;

    /** What an attempt will come to, as decided when it started; being told to stop may change it. */
    private record Running(AttemptId id, long beganMs, long endMs, Outcome outcome, boolean hasEffect, boolean obeys) {}

    private record Held(AttemptId id, Outcome outcome) {}

    SimulatedWorker(Dice dice, SimulatedClock clock, EffectLog log) {
        this.dice = dice;
        this.clock = clock;
        this.log = log;
        growOrShrink();
    }

    /** Takes more attempts at once from now on, or fewer. */
    void growOrShrink() {
        places.put(StepKind.COROUTINE, dice.chance(30) ? Integer.MAX_VALUE : dice.between(0, 3));
        places.put(StepKind.THREAD, dice.between(0, 3));
        if (reports != null) {
            reports.capacityChanged();
        }
    }

    @Override
    public void open(Reports target) {
        reports = target;
    }

    void confirmBy(Consumer<Runnable> durable) {
        whenDurable = durable;
    }

    /** From now on nothing goes wrong here. */
    void calmDown() {
        calm = true;
        places.replaceAll((kind, count) -> Math.max(1, count));
        reports.capacityChanged();
        startsUntilCrash = -1;
    }

    /** The n-th start from now ends the engine's process, with the task on its way. */
    void crashAtStart(int starts) {
        startsUntilCrash = starts;
    }

    @Override
    public int capacity(StepKind kind) {
        return places.get(kind);
    }

    @Override
    public void start(Task task) {
        boolean crash = startsUntilCrash >= 0 && startsUntilCrash-- == 0;
        if (!crash || dice.chance(50)) {
            begin(task);
        }
        if (crash) {
            throw new SimulatedCrash();
        }
    }

    private void begin(Task task) {
        Attempt attempt = Attempt.of(task.attempt());
        log.begin(attempt, running.keySet());
        Outcome outcome = outcome(attempt.direction());
        long tookMs = calm ? 1 : dice.chance(80) ? dice.between(0, SHORT_MS) : dice.between(0, dice.chance(20) ? VERY_LONG_MS : LONG_MS);
        boolean succeeds = outcome instanceof Outcome.Succeeded;
        running.put(attempt, new Running(task.attempt(), clock.nowMs(), clock.nowMs() + tookMs, outcome, succeeds, dice.chance(80)));
    }

    private Outcome outcome(Direction direction) {
        if (!calm && dice.chance(25)) {
            return new Outcome.Failed(SagaError.of("SimulatedError", "simulated"), dice.chance(80), EMPTY);
        }
        return direction == Direction.CONDITION ? new Outcome.Verdict(dice.chance(70)) : new Outcome.Succeeded(EMPTY, EMPTY);
    }

    /** An attempt that obeys ends without telling what it did; some succeed all the same. */
    @Override
    public void stop(AttemptId id, StopReason reason) {
        running.computeIfPresent(Attempt.of(id), (attempt, each) -> {
            boolean early = reason == StopReason.TIMEOUT && clock.nowMs() - each.beganMs() < RandomSagas.STEP_TIMEOUT_MS;
            Violation.unless(!early, "timed out too early", attempt);
            if (!each.obeys() && !calm) {
                return each;
            }
            boolean succeeds = each.hasEffect() && dice.chance(30);
            return new Running(each.id(), each.beganMs(), Math.min(each.endMs(), clock.nowMs() + dice.between(0, SHORT_MS)),
                    succeeds ? each.outcome() : new Outcome.Ended(EMPTY), succeeds || dice.chance(50), true);
        });
    }

    /** Reports the attempts whose time has come. */
    void work() {
        List<Attempt> ended = running.entrySet().stream()
                .filter(entry -> entry.getValue().endMs() <= clock.nowMs()).map(Map.Entry::getKey).toList();
        for (Attempt attempt : ended) {
            Running each = running.remove(attempt);
            log.end(attempt, each.outcome() instanceof Outcome.Succeeded, each.hasEffect());
            held.put(attempt, new Held(each.id(), each.outcome()));
            tell(attempt);
        }
    }

    private void tell(Attempt attempt) {
        Held each = held.get(attempt);
        reports.report(each.id(), each.outcome());
        if (dice.chance(10)) {
            reports.report(each.id(), each.outcome());
        }
        whenDurable.accept(() -> held.remove(attempt));
    }

    /** Tells a new engine what the last one may not have kept. */
    void tellAgain() {
        List.copyOf(held.keySet()).forEach(this::tell);
    }

    /** The attempts that run, with the time that each has had. */
    Map<AttemptId, Long> running() {
        Map<AttemptId, Long> elapsed = new LinkedHashMap<>();
        running.values().forEach(each -> elapsed.put(each.id(), clock.nowMs() - each.beganMs()));
        return elapsed;
    }

    /** Its process ends, and another takes its place. What ran may have had an effect. */
    void die() {
        running.forEach((attempt, each) -> log.end(attempt, false, dice.chance(50)));
        running.clear();
        held.clear();
    }

    long nextEndMs() {
        return running.values().stream().mapToLong(Running::endMs).min().orElse(Long.MAX_VALUE);
    }
}
