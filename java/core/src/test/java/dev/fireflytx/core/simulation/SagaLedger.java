package dev.fireflytx.core.simulation;

import dev.fireflytx.core.definition.CompensationOrder;
import dev.fireflytx.core.definition.InDoubtPolicy;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.definition.SagaPlan;
import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Places;
import dev.fireflytx.core.simulation.StepLedger.Life;
import dev.fireflytx.core.simulation.StepLedger.Standing;
import dev.fireflytx.core.simulation.StepLedger.Undoing;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What an onlooker knows of one saga, and what follows from it by the design's rules. */
final class SagaLedger {
    final SagaPlan plan;
    boolean started;
    boolean turnedBack;
    boolean compensating;
    boolean ended;
    boolean pivotPassed;
    boolean hasDeadline;
    /** The attempt that this turn's signal reported lost while it ran. */
    AttemptRef lostWhileRunning;
    /** Attempts that had to be told to stop in this turn. */
    final Set<AttemptRef> stopped = new HashSet<>();

    /** Attempts that need no place any more, as of this turn. */
    final Set<AttemptRef> unqueued = new HashSet<>();

    private final Map<StepKind, Integer> places = new EnumMap<>(StepKind.class);
    private final StepLedger[] steps;
    private int settled;

    SagaLedger(SagaPlan plan) {
        this.plan = plan;
        this.steps = Stream.generate(StepLedger::new).limit(plan.size()).toArray(StepLedger[]::new);
    }

    StepLedger step(int step) {
        return steps[step];
    }

    StepLedger step(AttemptRef attempt) {
        return steps[attempt.step()];
    }

    IntStream steps() {
        return IntStream.range(0, steps.length);
    }

    void settle(int step, Life life) {
        settled++;
        steps[step].settle(life, settled);
    }

    void stop(AttemptRef attempt) {
        step(attempt).stand(attempt, Standing.STOPPING);
        stopped.add(attempt);
    }

    void stopAll(int step) {
        stopped.addAll(steps[step].stop());
        unqueued.addAll(steps[step].unqueue(false));
    }

    /** No attempt starts any more, but one that was lost runs again. */
    void turnBack() {
        turnedBack = true;
        steps().forEach(step -> unqueued.addAll(steps[step].unqueue(true)));
    }

    /** A turn begins. */
    void turn(Places free) {
        lostWhileRunning = null;
        stopped.clear();
        unqueued.clear();
        for (StepKind kind : StepKind.values()) {
            places.put(kind, free.of(kind));
        }
    }

    /** Whether the attempt finds a place outside, which it then has. */
    boolean takePlace(AttemptRef attempt) {
        return places.merge(attempt.kind(plan), -1, Integer::sum) >= 0;
    }

    RetryPolicy policy(int step, Direction direction) {
        return direction == Direction.BACKWARD
                ? plan.step(step).compensation().orElseThrow().policy() : plan.step(step).policy();
    }

    boolean hasFreePlace() {
        long taken = Arrays.stream(steps).filter(StepLedger::takesPlace).count();
        return taken < plan.definition().layerConcurrency().orElse(Integer.MAX_VALUE);
    }

    boolean isUnblocked(int step) {
        return Arrays.stream(plan.dependsOn(step)).allMatch(dependency -> steps[dependency].isDone());
    }

    /** Whether a forward attempt, or the condition's first, lacks nothing but a place. */
    boolean couldStart(int step) {
        StepLedger ledger = steps[step];
        boolean nextInLine = ledger.isUntouched() || ledger.due
                || ledger.passed && ledger.attempts(Direction.FORWARD) == 0;
        return !turnedBack && ledger.life == Life.OPEN && nextInLine && isUnblocked(step) && !ledger.isUnsettled();
    }

    /** Whether the step has an effect, or may have one, that its compensation has still to undo. */
    boolean needsUndo(int step) {
        StepLedger ledger = steps[step];
        boolean doubted = ledger.inDoubt && plan.step(step).inDoubt() == InDoubtPolicy.COMPENSATE;
        boolean hasEffect = ledger.life == Life.COMPLETED || ledger.life == Life.FAILED && (ledger.late || doubted);
        boolean stands = ledger.undoing == Undoing.NONE || ledger.undoing == Undoing.GOING;
        return plan.step(step).compensation().isPresent() && hasEffect && stands;
    }

    /** Whether something that depended on the step, directly or not, has still to be undone. */
    boolean isHeldBack(int step) {
        return Arrays.stream(plan.dependents(step)).anyMatch(next -> needsUndo(next) || isHeldBack(next));
    }

    /** Whether an attempt to undo the step lacks nothing but a place. */
    boolean couldUndo(int step) {
        StepLedger ledger = steps[step];
        boolean nextInLine = ledger.undoing == Undoing.NONE || ledger.due;
        return compensating && !ended && needsUndo(step) && nextInLine && !ledger.paused
                && !ledger.isUnsettled() && !isHeldBack(step) && isItsTurn(step);
    }

    private boolean isItsTurn(int step) {
        return plan.definition().compensation() == CompensationOrder.PARALLEL
                || steps().filter(other -> other != step && needsUndo(other)).noneMatch(other -> goesBefore(other, step));
    }

    private boolean goesBefore(int other, int step) {
        boolean goesOn = steps[other].undoing == Undoing.GOING && !steps[other].due;
        return goesOn || steps[other].settledAt > steps[step].settledAt;
    }

    boolean isAllDone() {
        return Arrays.stream(steps).allMatch(StepLedger::isDone);
    }

    boolean isAllUndone() {
        return steps().noneMatch(this::needsUndo);
    }

    boolean isAllSettled() {
        return Arrays.stream(steps).noneMatch(ledger -> ledger.isUnsettled() || ledger.life == Life.PARKED);
    }

    /** Whether nothing runs and no pause goes on. */
    boolean stands() {
        return Arrays.stream(steps).noneMatch(ledger -> ledger.takesPlace() || ledger.paused);
    }

    /** Whether only a person, or an attempt that ends after all, can help. */
    boolean hasReasonToPark() {
        return Arrays.stream(steps)
                .anyMatch(ledger -> ledger.life == Life.PARKED || ledger.hasAny(Standing.STUCK));
    }
}
