package dev.fireflytx.core.machine;

import dev.fireflytx.core.definition.InDoubtPolicy;
import dev.fireflytx.core.definition.SagaPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One run of a saga, without its values. Immutable; changed by {@link Evolution} alone. */
public final class SagaState {
    private final SagaPlan plan;
    private final SagaPhase phase;
    private final Cause cause;
    private final boolean parked;
    private final long startedMs;
    private final long deadlineMs;
    private final int settled;
    private final StepState[] steps;

    /** Why a saga turned back. */
    public sealed interface Cause {
        /** It did not. */
        record None() implements Cause {}

        /**
         * A step was given up.
         *
         * @param step the first one's index
         */
        record Step(int step) implements Cause {}

        /**
         * Somebody wanted it undone.
         *
         * @param reason theirs
         */
        record Cancelled(String reason) implements Cause {}

        /**
         * Its time was up.
         *
         * @param timeoutMs the limit
         */
        record TimedOut(long timeoutMs) implements Cause {}
    }

    private SagaState(SagaPlan plan, SagaPhase phase, Cause cause, boolean parked, long startedMs, long deadlineMs,
            int settled, StepState[] steps) {
        this.plan = plan;
        this.phase = phase;
        this.cause = cause;
        this.parked = parked;
        this.startedMs = startedMs;
        this.deadlineMs = deadlineMs;
        this.settled = settled;
        this.steps = steps;
    }

    /** A run to which nothing has happened yet. */
    static SagaState blank(SagaPlan plan) {
        StepState[] steps = new StepState[plan.size()];
        Arrays.fill(steps, StepState.PENDING);
        return new SagaState(plan, SagaPhase.FORWARD, new Cause.None(), false, 0, 0, 0, steps);
    }

    /** {@return the definition that it runs} */
    public SagaPlan plan() {
        return plan;
    }

    /** {@return where it stands} */
    public SagaPhase phase() {
        return phase;
    }

    /** {@return why it turned back} */
    public Cause cause() {
        return cause;
    }

    /** {@return whether nothing can move until a person or a late end helps} */
    public boolean isParked() {
        return parked;
    }

    /** {@return when it started} */
    public long startedMs() {
        return startedMs;
    }

    /** {@return when its time is up, or 0 for never} */
    public long deadlineMs() {
        return deadlineMs;
    }

    /**
     * {@return its state}
     *
     * @param step an index
     */
    public StepState step(int step) {
        return steps[step];
    }

    /** {@return how many steps there are} */
    public int size() {
        return steps.length;
    }

    /** {@return whether the pivot has succeeded, so that the saga only goes forward} */
    public boolean isPivotPassed() {
        return plan.pivot() >= 0 && steps[plan.pivot()].phase() == StepPhase.COMPLETED;
    }

    /**
     * {@return whether everything that it depends on is done}
     *
     * @param step an index
     */
    public boolean isUnblocked(int step) {
        for (int dependency : plan.dependsOn(step)) {
            if (!steps[dependency].phase().opensDependents()) {
                return false;
            }
        }
        return true;
    }

    /**
     * {@return whether it has a compensation and an effect that is not undone}
     *
     * @param step an index
     */
    public boolean isToBeUndone(int step) {
        return plan.step(step).compensation().isPresent() && hasEffect(step);
    }

    private boolean hasEffect(int step) {
        return switch (steps[step].phase()) {
            case COMPLETED -> true;
            case FAILED -> switch (steps[step].effect()) {
                case NONE -> false;
                case IN_DOUBT -> plan.step(step).inDoubt() != InDoubtPolicy.FAIL;
                case KNOWN, LATE -> true;
            };
            default -> false;
        };
    }

    /** Whether nothing has happened to it yet. */
    boolean isBlank() {
        if (phase != SagaPhase.FORWARD) {
            return false;
        }
        for (StepState step : steps) {
            if (step != StepState.PENDING) {
                return false;
            }
        }
        return true;
    }

    /** Whether an attempt runs that was not told to stop. */
    boolean hasOpenAttempt() {
        for (StepState step : steps) {
            if (step.isOpen()) {
                return true;
            }
        }
        return false;
    }

    /** {@return every attempt that may be out, and still be working, in the order of the steps} */
    public List<AttemptRef> out() {
        List<AttemptRef> found = new ArrayList<>();
        for (int step = 0; step < steps.length; step++) {
            for (LiveAttempt attempt : steps[step].live()) {
                if (attempt.isOut()) {
                    found.add(attempt.ref(step));
                }
            }
        }
        return found;
    }

    /**
     * {@return whether an attempt was told to stop, or should be told}
     *
     * @param attempt one that is out
     */
    public boolean isToldToStop(AttemptRef attempt) {
        return steps[attempt.step()].find(attempt).filter(live -> live.hold() != LiveAttempt.Hold.OPEN).isPresent();
    }

    /** {@return how many attempts occupy a place} */
    public int running() {
        int running = 0;
        for (StepState step : steps) {
            running += step.runs() ? 1 : 0;
        }
        return running;
    }

    /** {@return indexes of the steps that have settled, in the order in which they did} */
    public int[] settledInOrder() {
        int[] stepAt = new int[settled + 1];
        int count = 0;
        Arrays.fill(stepAt, -1);
        for (int step = 0; step < steps.length; step++) {
            if (steps[step].settledAt() > 0) {
                stepAt[steps[step].settledAt()] = step;
                count++;
            }
        }
        int[] inOrder = new int[count];
        int next = 0;
        for (int step : stepAt) {
            if (step >= 0) {
                inOrder[next++] = step;
            }
        }
        return inOrder;
    }

    int settledCount() {
        return settled;
    }

    SagaState in(SagaPhase next) {
        return new SagaState(plan, next, cause, parked, startedMs, deadlineMs, settled, steps);
    }

    SagaState because(Cause next) {
        return cause instanceof Cause.None
                ? new SagaState(plan, phase, next, parked, startedMs, deadlineMs, settled, steps) : this;
    }

    SagaState parked(boolean next) {
        return new SagaState(plan, phase, cause, next, startedMs, deadlineMs, settled, steps);
    }

    SagaState since(long nowMs) {
        return new SagaState(plan, phase, cause, parked, nowMs, deadlineMs, settled, steps);
    }

    SagaState until(long nextMs) {
        return new SagaState(plan, phase, cause, parked, startedMs, nextMs, settled, steps);
    }

    SagaState with(int step, StepState next) {
        StepState[] changed = steps.clone();
        changed[step] = next;
        return new SagaState(plan, phase, cause, parked, startedMs, deadlineMs, settled, changed);
    }

    /** The same with a step that has just settled, and so takes the next place in the order. */
    SagaState settling(int step, StepState next) {
        SagaState changed = with(step, next.settled(settled + 1));
        return new SagaState(plan, phase, cause, parked, startedMs, deadlineMs, settled + 1, changed.steps);
    }

    /** The same on its way back: what runs goes on, what waits for a place does not start. */
    SagaState failing(Cause why) {
        StepState[] changed = Arrays.stream(steps).map(StepState::turnedBack).toArray(StepState[]::new);
        return new SagaState(plan, SagaPhase.FAILING, cause, parked, startedMs, deadlineMs, settled, changed).because(why);
    }

    /** The same on its way back, with every open attempt told to stop; it can't run out of time any more. */
    SagaState calledOff(Cause why) {
        StepState[] changed = Arrays.stream(steps).map(StepState::calledOff).toArray(StepState[]::new);
        return new SagaState(plan, SagaPhase.FAILING, cause, parked, startedMs, 0, settled, changed).because(why);
    }

    /** The same on its way forward for good, whatever had turned it back. */
    SagaState committed() {
        return new SagaState(plan, SagaPhase.FORWARD, new Cause.None(), parked, startedMs, deadlineMs, settled, steps);
    }

    @Override
    public String toString() {
        return plan.definition().name() + " " + phase + (parked ? " parked" : "") + " " + Arrays.toString(steps);
    }
}
