package dev.fireflytx.core.machine;

import dev.fireflytx.core.machine.LiveAttempt.Hold;
import dev.fireflytx.core.machine.StepState.Effect;
import dev.fireflytx.core.machine.StepTable.Move;

/** What each fact does to a state: the whole of {@code evolve}. */
final class Evolution implements FactVisitor<SagaState> {
    private final SagaState state;

    Evolution(SagaState state) {
        this.state = state;
    }

    @Override
    public SagaState sagaStarted(Fact.SagaStarted fact) {
        SagaState begun = state.since(fact.atMs());
        long leftMs = Long.MAX_VALUE - fact.atMs();
        return fact.timeoutMs() > 0 ? begun.until(fact.atMs() + Math.min(fact.timeoutMs(), leftMs)) : begun;
    }

    @Override
    public SagaState attemptQueued(Fact.AttemptQueued fact) {
        Move move = fact.attempt().direction() == Direction.BACKWARD ? Move.UNDO_QUEUE : Move.QUEUE;
        return put(fact, moved(fact.step(), move).queued(fact.attempt()));
    }

    @Override
    public SagaState attemptStarted(Fact.AttemptStarted fact) {
        Direction direction = fact.attempt().direction();
        Move move = switch (direction) {
            case CONDITION -> Move.CHECK;
            case FORWARD -> Move.RUN;
            case BACKWARD -> Move.UNDO;
        };
        StepState step = moved(fact.step(), move);
        if (direction == Direction.BACKWARD && step.effect() == Effect.LATE) {
            step = step.with(Effect.KNOWN);
        }
        return put(fact, step.counted(direction, step.tally(direction).started()).opened(fact.attempt()));
    }

    @Override
    public SagaState conditionDecided(Fact.ConditionDecided fact) {
        StepState step = state.step(fact.step()).without(fact.attempt());
        boolean passes = fact.verdict() && step.phase() == StepPhase.CHECKING;
        return put(fact, passes ? step.in(StepTable.next(step.phase(), Move.PASS)) : step);
    }

    @Override
    public SagaState attemptSucceeded(Fact.AttemptSucceeded fact) {
        return put(fact, state.step(fact.step()).without(fact.attempt()));
    }

    @Override
    public SagaState attemptFailed(Fact.AttemptFailed fact) {
        StepState step = state.step(fact.step());
        boolean counts = step.find(fact.attempt()).filter(live -> live.hold() == Hold.OPEN).isPresent();
        StepState ended = step.without(fact.attempt());
        return put(fact, counts ? counting(ended, fact.attempt()) : ended);
    }

    @Override
    public SagaState attemptTimedOut(Fact.AttemptTimedOut fact) {
        StepState step = state.step(fact.step()).held(fact.attempt(), Hold.ABANDONED);
        return put(fact, counting(inDoubt(step, fact.attempt()), fact.attempt()));
    }

    @Override
    public SagaState attemptEnded(Fact.AttemptEnded fact) {
        return put(fact, inDoubt(state.step(fact.step()).without(fact.attempt()), fact.attempt()));
    }

    @Override
    public SagaState attemptLost(Fact.AttemptLost fact) {
        StepState step = inDoubt(state.step(fact.step()).held(fact.attempt(), Hold.LOST), fact.attempt());
        Direction direction = fact.attempt().direction();
        return put(fact, step.counted(direction, step.tally(direction).lost()));
    }

    @Override
    public SagaState attemptStuck(Fact.AttemptStuck fact) {
        return put(fact, state.step(fact.step()).held(fact.attempt(), Hold.STUCK));
    }

    @Override
    public SagaState retryScheduled(Fact.RetryScheduled fact) {
        Move move = fact.direction() == Direction.BACKWARD ? Move.UNDO_WAIT : Move.WAIT;
        return put(fact, moved(fact.step(), move).due(fact.dueMs()));
    }

    @Override
    public SagaState retryDue(Fact.RetryDue fact) {
        boolean undoing = state.step(fact.step()).phase() == StepPhase.UNDO_BACKOFF;
        return put(fact, moved(fact.step(), undoing ? Move.UNDO_DUE : Move.DUE).due(0));
    }

    @Override
    public SagaState stepCompleted(Fact.StepCompleted fact) {
        StepState done = moved(fact.step(), Move.COMPLETE).with(Effect.KNOWN).due(0).abandoned();
        SagaState next = state.settling(fact.step(), done);
        return fact.step() == state.plan().pivot() ? next.committed() : next;
    }

    @Override
    public SagaState stepSkipped(Fact.StepSkipped fact) {
        return state.settling(fact.step(), moved(fact.step(), Move.SKIP));
    }

    @Override
    public SagaState stepFailed(Fact.StepFailed fact) {
        return state.settling(fact.step(), moved(fact.step(), Move.FAIL).due(0));
    }

    @Override
    public SagaState stepParked(Fact.StepParked fact) {
        return state.settling(fact.step(), moved(fact.step(), Move.PARK).due(0));
    }

    @Override
    public SagaState lateSuccess(Fact.LateSuccess fact) {
        return fact.undo() ? put(fact, moved(fact.step(), Move.LATE).with(Effect.LATE)) : state;
    }

    @Override
    public SagaState sagaFailing(Fact.SagaFailing fact) {
        return state.failing(new SagaState.Cause.Step(fact.step()));
    }

    @Override
    public SagaState sagaCancelled(Fact.SagaCancelled fact) {
        return state.calledOff(new SagaState.Cause.Cancelled(fact.reason()));
    }

    @Override
    public SagaState sagaTimedOut(Fact.SagaTimedOut fact) {
        return state.calledOff(new SagaState.Cause.TimedOut(fact.timeoutMs()));
    }

    @Override
    public SagaState sagaOverdue(Fact.SagaOverdue fact) {
        return state.until(0);
    }

    @Override
    public SagaState compensationBegun(Fact.CompensationBegun fact) {
        return state.in(SagaPhase.COMPENSATING).until(0);
    }

    @Override
    public SagaState stepCompensated(Fact.StepCompensated fact) {
        StepState undone = moved(fact.step(), Move.UNDONE).due(0).abandoned();
        boolean again = undone.effect() == Effect.LATE;
        return put(fact, again ? undone.in(StepTable.next(undone.phase(), Move.LATE)) : undone);
    }

    @Override
    public SagaState compensationFailed(Fact.CompensationFailed fact) {
        return put(fact, moved(fact.step(), Move.UNDO_FAIL));
    }

    @Override
    public SagaState personDecided(Fact.PersonDecided fact) {
        StepPhase phase = state.step(fact.step()).phase();
        return switch (fact.resolution()) {
            case RETRY_STEP -> put(fact, retriedStep(fact.step()));
            case COMPLETE_STEP -> state.settling(fact.step(),
                    moved(fact.step(), Move.COMPLETE).reopened(Direction.FORWARD).with(Effect.KNOWN));
            case FAIL_STEP -> state.settling(fact.step(),
                    (phase == StepPhase.FAILED ? state.step(fact.step()) : moved(fact.step(), Move.FAIL))
                            .reopened(Direction.FORWARD).with(Effect.NONE));
            case RETRY_COMPENSATION -> put(fact, moved(fact.step(), Move.UNDO_DUE).reopened(Direction.BACKWARD))
                    .in(SagaPhase.COMPENSATING);
            case MARK_COMPENSATED, SKIP_COMPENSATION -> put(fact, moved(fact.step(), Move.UNDONE))
                    .in(SagaPhase.COMPENSATING);
        };
    }

    private StepState retriedStep(int step) {
        boolean askAgain = state.plan().step(step).conditional() && state.step(step).forward().attempts() == 0;
        StepState waiting = moved(step, askAgain ? Move.UNCHECK : Move.REOPEN).settled(0);
        return waiting.reopened(askAgain ? Direction.CONDITION : Direction.FORWARD);
    }

    @Override
    public SagaState sagaParked(Fact.SagaParked fact) {
        return state.parked(true);
    }

    @Override
    public SagaState sagaResumed(Fact.SagaResumed fact) {
        return state.parked(false);
    }

    @Override
    public SagaState sagaEnded(Fact.SagaEnded fact) {
        return state.in(fact.phase()).parked(false).until(0);
    }

    private StepState moved(int step, Move move) {
        StepState current = state.step(step);
        return current.in(StepTable.next(current.phase(), move));
    }

    private SagaState put(Fact.OfStep fact, StepState step) {
        return state.with(fact.step(), step);
    }

    private static StepState counting(StepState step, AttemptRef attempt) {
        return step.counted(attempt.direction(), step.tally(attempt.direction()).failed());
    }

    /** A condition has no effect, and a compensation in doubt is simply tried again. */
    private static StepState inDoubt(StepState step, AttemptRef attempt) {
        boolean matters = attempt.direction() == Direction.FORWARD && step.effect() == Effect.NONE;
        return matters ? step.with(Effect.IN_DOUBT) : step;
    }
}
