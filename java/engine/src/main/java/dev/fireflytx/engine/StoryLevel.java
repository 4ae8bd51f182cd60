package dev.fireflytx.engine;

import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.FactVisitor;
import dev.fireflytx.core.machine.SagaPhase;
import java.lang.System.Logger.Level;

/** How grave each fact is. What only a person can mend is a warning or worse; the story itself is for debugging. */
final class StoryLevel implements FactVisitor<Level> {
    static final StoryLevel INSTANCE = new StoryLevel();

    private StoryLevel() {}

    @Override
    public Level sagaStarted(Fact.SagaStarted fact) {
        return Level.DEBUG;
    }

    @Override
    public Level attemptQueued(Fact.AttemptQueued fact) {
        return Level.DEBUG;
    }

    @Override
    public Level attemptStarted(Fact.AttemptStarted fact) {
        return Level.DEBUG;
    }

    @Override
    public Level conditionDecided(Fact.ConditionDecided fact) {
        return Level.DEBUG;
    }

    @Override
    public Level attemptSucceeded(Fact.AttemptSucceeded fact) {
        return Level.DEBUG;
    }

    @Override
    public Level attemptFailed(Fact.AttemptFailed fact) {
        return Level.DEBUG;
    }

    @Override
    public Level attemptTimedOut(Fact.AttemptTimedOut fact) {
        return Level.DEBUG;
    }

    @Override
    public Level attemptEnded(Fact.AttemptEnded fact) {
        return Level.DEBUG;
    }

    @Override
    public Level attemptLost(Fact.AttemptLost fact) {
        return Level.DEBUG;
    }

    @Override
    public Level attemptStuck(Fact.AttemptStuck fact) {
        return Level.WARNING;
    }

    @Override
    public Level retryScheduled(Fact.RetryScheduled fact) {
        return Level.DEBUG;
    }

    @Override
    public Level retryDue(Fact.RetryDue fact) {
        return Level.DEBUG;
    }

    @Override
    public Level stepCompleted(Fact.StepCompleted fact) {
        return Level.DEBUG;
    }

    @Override
    public Level stepSkipped(Fact.StepSkipped fact) {
        return Level.DEBUG;
    }

    @Override
    public Level stepFailed(Fact.StepFailed fact) {
        return Level.DEBUG;
    }

    @Override
    public Level stepParked(Fact.StepParked fact) {
        return Level.WARNING;
    }

    @Override
    public Level lateSuccess(Fact.LateSuccess fact) {
        return fact.undo() ? Level.DEBUG : Level.WARNING;
    }

    @Override
    public Level sagaFailing(Fact.SagaFailing fact) {
        return Level.DEBUG;
    }

    @Override
    public Level sagaCancelled(Fact.SagaCancelled fact) {
        return Level.DEBUG;
    }

    @Override
    public Level sagaTimedOut(Fact.SagaTimedOut fact) {
        return Level.DEBUG;
    }

    @Override
    public Level sagaOverdue(Fact.SagaOverdue fact) {
        return Level.WARNING;
    }

    @Override
    public Level compensationBegun(Fact.CompensationBegun fact) {
        return Level.DEBUG;
    }

    @Override
    public Level stepCompensated(Fact.StepCompensated fact) {
        return Level.DEBUG;
    }

    @Override
    public Level compensationFailed(Fact.CompensationFailed fact) {
        return Level.WARNING;
    }

    @Override
    public Level personDecided(Fact.PersonDecided fact) {
        return Level.INFO;
    }

    @Override
    public Level sagaParked(Fact.SagaParked fact) {
        return Level.WARNING;
    }

    @Override
    public Level sagaResumed(Fact.SagaResumed fact) {
        return Level.DEBUG;
    }

    @Override
    public Level sagaEnded(Fact.SagaEnded fact) {
        return fact.phase() == SagaPhase.COMPENSATION_FAILED ? Level.ERROR : Level.DEBUG;
    }
}
