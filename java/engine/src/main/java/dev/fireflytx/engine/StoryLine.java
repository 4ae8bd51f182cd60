package dev.fireflytx.engine;

import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.FactVisitor;
import java.util.Locale;

/** Says a fact in words, without any value. */
final class StoryLine implements FactVisitor<String> {
    private final SagaRun run;

    StoryLine(SagaRun run) {
        this.run = run;
    }

    @Override
    public String sagaStarted(Fact.SagaStarted fact) {
        return "started";
    }

    @Override
    public String attemptQueued(Fact.AttemptQueued fact) {
        return attempt(fact) + " waits for a place";
    }

    @Override
    public String attemptStarted(Fact.AttemptStarted fact) {
        return attempt(fact) + " starts";
    }

    @Override
    public String conditionDecided(Fact.ConditionDecided fact) {
        return "the condition of " + step(fact) + " says " + (fact.verdict() ? "yes" : "no");
    }

    @Override
    public String attemptSucceeded(Fact.AttemptSucceeded fact) {
        return attempt(fact) + " succeeded";
    }

    @Override
    public String attemptFailed(Fact.AttemptFailed fact) {
        return attempt(fact) + " failed with " + SagaError.fromJson(fact.error()).type()
                + (fact.retryable() ? "" : ", which is not retried");
    }

    @Override
    public String attemptTimedOut(Fact.AttemptTimedOut fact) {
        return attempt(fact) + " timed out after " + fact.timeoutMs() + " ms and is told to stop";
    }

    @Override
    public String attemptEnded(Fact.AttemptEnded fact) {
        return attempt(fact) + " ended after it was told to stop";
    }

    @Override
    public String attemptLost(Fact.AttemptLost fact) {
        return attempt(fact) + " was lost with its process";
    }

    @Override
    public String attemptStuck(Fact.AttemptStuck fact) {
        return attempt(fact) + " was told to stop and has not ended; its step waits for it";
    }

    @Override
    public String retryScheduled(Fact.RetryScheduled fact) {
        return "next attempt of " + step(fact) + " in " + fact.delayMs() + " ms";
    }

    @Override
    public String retryDue(Fact.RetryDue fact) {
        return "pause before the next attempt of " + step(fact) + " is over";
    }

    @Override
    public String stepCompleted(Fact.StepCompleted fact) {
        return step(fact) + " completed";
    }

    @Override
    public String stepSkipped(Fact.StepSkipped fact) {
        return step(fact) + " skipped";
    }

    @Override
    public String stepFailed(Fact.StepFailed fact) {
        return step(fact) + " failed" + (fact.inDoubt() ? ", with an attempt in doubt" : "");
    }

    @Override
    public String stepParked(Fact.StepParked fact) {
        return step(fact) + " waits for a person: " + fact.reason().text();
    }

    @Override
    public String lateSuccess(Fact.LateSuccess fact) {
        return attempt(fact) + " succeeded after it had been given up; "
                + (fact.undo() ? "it will be undone" : "it will not be undone");
    }

    @Override
    public String sagaFailing(Fact.SagaFailing fact) {
        return "turns back, since " + step(fact) + " failed";
    }

    @Override
    public String sagaCancelled(Fact.SagaCancelled fact) {
        return "cancelled";
    }

    @Override
    public String sagaTimedOut(Fact.SagaTimedOut fact) {
        return "timed out after " + fact.timeoutMs() + " ms";
    }

    @Override
    public String sagaOverdue(Fact.SagaOverdue fact) {
        return "is over its limit of " + fact.timeoutMs() + " ms, but goes on, since its pivot has succeeded";
    }

    @Override
    public String compensationBegun(Fact.CompensationBegun fact) {
        return "compensation begins";
    }

    @Override
    public String stepCompensated(Fact.StepCompensated fact) {
        return step(fact) + " undone";
    }

    @Override
    public String compensationFailed(Fact.CompensationFailed fact) {
        return "undoing " + step(fact) + " is given up; a person has to deal with it";
    }

    @Override
    public String personDecided(Fact.PersonDecided fact) {
        String decision = fact.resolution().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return fact.by() + " decided about " + step(fact) + ": " + decision;
    }

    @Override
    public String sagaParked(Fact.SagaParked fact) {
        return "waits for a person, or for an attempt that has not ended";
    }

    @Override
    public String sagaResumed(Fact.SagaResumed fact) {
        return "goes on";
    }

    @Override
    public String sagaEnded(Fact.SagaEnded fact) {
        return "ended " + fact.phase();
    }

    private String step(Fact.OfStep fact) {
        return "step '" + run.plan().step(fact.step()).id() + "'";
    }

    private String attempt(Fact.OfAttempt fact) {
        String what = switch (fact.attempt().direction()) {
            case CONDITION -> "the condition of ";
            case FORWARD -> "";
            case BACKWARD -> "compensation of ";
        };
        return what + step(fact) + ", attempt " + fact.attempt().number() + ",";
    }
}
