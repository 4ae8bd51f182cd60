package dev.fireflytx.engine.simulation;

import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.engine.AttemptId;
import dev.fireflytx.engine.HandEngine;
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

/**
 * The process that runs the steps. It outlives the engine's, keeps every outcome until the engine has it durably, and says some things
 * twice. Nothing that was on its way begins here unless the engine has shown a moment ago that it owns what it runs.
 */
final class SimulatedWorker implements StepExecutor {
    private static final String EMPTY = "{}";
    private static final int SHORT_MS = 300;
    private static final int LONG_MS = 4_000;
    private static final int VERY_LONG_MS = 15_000;
    private static final long FRESH_FOR_MS = 3_000;

    private final Dice dice;
    private final SimulatedClock clock;
    private final EffectLog log;
    private final Runnable edge;
    private final boolean isNear;
    private final Map<Attempt, Arrived> arrived = new LinkedHashMap<>();
    private final Map<Attempt, Running> running = new LinkedHashMap<>();
    private final Map<Attempt, Held> held = new LinkedHashMap<>();
    private final Map<StepKind, Integer> places = new EnumMap<>(StepKind.class);
    private Reports reports;
    private HandEngine engine;
    private SimulatedDisk disk;
    private boolean calm;
    private int startsUntilCrash = -1;

    /** An attempt that has come, and has not begun; its time counts from when it was sent. */
    private record Arrived(AttemptId id, long sentMs) {}

    /** What an attempt will come to, as decided when it began; being told to stop may change it. */
    private record Running(AttemptId id, long sentMs, long endMs, Outcome outcome, boolean hasEffect, boolean obeys) {}

    private record Held(AttemptId id, Outcome outcome) {}

    /** {@code edge} is called while an attempt is on its way here. */
    SimulatedWorker(Dice dice, SimulatedClock clock, EffectLog log, Runnable edge) {
        this.dice = dice;
        this.clock = clock;
        this.log = log;
        this.edge = edge;
        this.isNear = dice.chance(25);
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

    /** Another engine is there: what it says is durable is let go of, and its ownership is what counts. */
    void serve(HandEngine next, SimulatedDisk of) {
        engine = next;
        disk = of;
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
        return places.getOrDefault(kind, 0);
    }

    /** Handlers in the engine's own process begin at once: that the engine has a fresh proof when it hands out is all that protects them. */
    @Override
    public void start(Task task) {
        Arrived sent = new Arrived(task.attempt(), clock.nowMs());
        if (isNear) {
            begin(Attempt.of(task.attempt()), sent);
        } else {
            edge.run();
            arrive(sent);
        }
    }

    private void arrive(Arrived task) {
        boolean crash = startsUntilCrash >= 0 && startsUntilCrash-- == 0;
        if (!crash || dice.chance(50)) {
            arrived.put(Attempt.of(task.id()), task);
        }
        if (crash) {
            throw new SimulatedCrash();
        }
        if (dice.chance(80)) {
            beginArrived();
        }
    }

    private void beginArrived() {
        if (arrived.isEmpty()) {
            return;
        }
        if (clock.nowMs() - disk.provedMs().orElseThrow() > FRESH_FOR_MS) {
            engine.prove();
            return;
        }
        arrived.forEach(this::begin);
        arrived.clear();
    }

    private void begin(Attempt attempt, Arrived task) {
        log.begin(attempt, disk.owner());
        Outcome outcome = outcome(attempt.direction());
        long tookMs = calm ? 1 : dice.chance(80) ? dice.between(0, SHORT_MS) : dice.between(0, dice.chance(20) ? VERY_LONG_MS : LONG_MS);
        boolean succeeds = outcome instanceof Outcome.Succeeded;
        running.put(attempt, new Running(task.id(), task.sentMs(), clock.nowMs() + tookMs, outcome, succeeds, dice.chance(80)));
    }

    private Outcome outcome(Direction direction) {
        if (!calm && dice.chance(25)) {
            return new Outcome.Failed(SagaError.of("SimulatedError", "simulated"), dice.chance(80), EMPTY);
        }
        return direction == Direction.CONDITION ? new Outcome.Verdict(dice.chance(70)) : new Outcome.Succeeded(EMPTY, EMPTY);
    }

    /** An attempt that obeys ends without telling what it did; some succeed all the same. One that has not begun never does. */
    @Override
    public void stop(AttemptId id, StopReason reason) {
        Attempt attempt = Attempt.of(id);
        if (arrived.containsKey(attempt)) {
            drop(attempt);
        }
        running.computeIfPresent(attempt, (same, each) -> {
            boolean early = reason == StopReason.TIMEOUT && clock.nowMs() - each.sentMs() < RandomSagas.STEP_TIMEOUT_MS;
            Violation.unless(!early, "timed out too early", attempt);
            return each.obeys() || calm ? stopped(each) : each;
        });
    }

    private Running stopped(Running each) {
        boolean succeeds = each.hasEffect() && dice.chance(30);
        return new Running(each.id(), each.sentMs(), Math.min(each.endMs(), clock.nowMs() + dice.between(0, SHORT_MS)),
                succeeds ? each.outcome() : new Outcome.Ended(EMPTY), succeeds || dice.chance(50), true);
    }

    private void drop(Attempt attempt) {
        hold(attempt, arrived.remove(attempt).id(), new Outcome.Ended(EMPTY));
    }

    /** Begins what has come, and reports the attempts whose time has come. */
    void work() {
        beginArrived();
        List<Attempt> ended = running.entrySet().stream()
                .filter(entry -> entry.getValue().endMs() <= clock.nowMs()).map(Map.Entry::getKey).toList();
        for (Attempt attempt : ended) {
            Running each = running.remove(attempt);
            log.end(attempt, each.outcome() instanceof Outcome.Succeeded, each.hasEffect());
            hold(attempt, each.id(), each.outcome());
        }
    }

    private void hold(Attempt attempt, AttemptId id, Outcome outcome) {
        held.put(attempt, new Held(id, outcome));
        tell(attempt);
    }

    private void tell(Attempt attempt) {
        Held each = held.get(attempt);
        reports.report(each.id(), each.outcome());
        if (dice.chance(10)) {
            reports.report(each.id(), each.outcome());
        }
        engine.whenDurable(() -> held.remove(attempt));
    }

    /** Tells a new engine what the last one may not have kept. */
    void tellAgain() {
        List.copyOf(held.keySet()).forEach(this::tell);
    }

    /** The attempts that are here, with the time that each has had. */
    Map<AttemptId, Long> running() {
        Map<AttemptId, Long> elapsed = new LinkedHashMap<>();
        running.values().forEach(each -> elapsed.put(each.id(), clock.nowMs() - each.sentMs()));
        arrived.values().forEach(each -> elapsed.put(each.id(), clock.nowMs() - each.sentMs()));
        return elapsed;
    }

    /** Its sagas are others' now: what has not begun must not begin any more. */
    void giveUp() {
        List.copyOf(arrived.keySet()).forEach(this::drop);
    }

    /** The engine has ended: what it said last may not have come. */
    void lose() {
        arrived.keySet().removeIf(attempt -> dice.chance(50));
    }

    /** The time while its process stood still does not count for what runs here. */
    void stoodStill(long ms) {
        running.replaceAll((attempt, each) -> new Running(each.id(), each.sentMs(), each.endMs() + ms, each.outcome(), each.hasEffect(),
                each.obeys()));
    }

    /** Its process ends, and another takes its place. What ran may have had an effect. */
    void die() {
        running.forEach((attempt, each) -> log.end(attempt, false, dice.chance(50)));
        running.clear();
        arrived.clear();
        held.clear();
    }

    boolean isIdle() {
        return running.isEmpty() && arrived.isEmpty();
    }

    long nextEndMs() {
        return running.values().stream().mapToLong(Running::endMs).min().orElse(Long.MAX_VALUE);
    }
}
