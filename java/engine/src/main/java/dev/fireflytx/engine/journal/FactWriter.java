package dev.fireflytx.engine.journal;

import dev.fireflytx.core.json.JsonStrings;
import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.FactVisitor;
import java.util.Locale;

/** Writes one fact; see {@link FactCodec}. */
final class FactWriter implements FactVisitor<StringBuilder> {
    private final StringBuilder out;

    FactWriter(StringBuilder out) {
        this.out = out;
    }

    @Override
    public StringBuilder sagaStarted(Fact.SagaStarted fact) {
        begin("saga-started").raw(fact.input()).number(fact.timeoutMs()).number(fact.overlayRule()).number(fact.atMs());
        return fact.trace().equals(Fact.SagaStarted.NO_TRACE) ? end() : raw(fact.trace()).end();
    }

    @Override
    public StringBuilder attemptQueued(Fact.AttemptQueued fact) {
        return begin("attempt-queued").attempt(fact.attempt()).end();
    }

    @Override
    public StringBuilder attemptStarted(Fact.AttemptStarted fact) {
        return begin("attempt-started").attempt(fact.attempt()).end();
    }

    @Override
    public StringBuilder conditionDecided(Fact.ConditionDecided fact) {
        return begin("condition-decided").attempt(fact.attempt()).raw(String.valueOf(fact.verdict())).end();
    }

    @Override
    public StringBuilder attemptSucceeded(Fact.AttemptSucceeded fact) {
        return begin("attempt-succeeded").attempt(fact.attempt()).raw(fact.result()).raw(fact.writes()).end();
    }

    @Override
    public StringBuilder attemptFailed(Fact.AttemptFailed fact) {
        return begin("attempt-failed").attempt(fact.attempt()).raw(fact.error()).raw(String.valueOf(fact.retryable())).raw(fact.writes()).end();
    }

    @Override
    public StringBuilder attemptTimedOut(Fact.AttemptTimedOut fact) {
        return begin("attempt-timed-out").attempt(fact.attempt()).number(fact.timeoutMs()).end();
    }

    @Override
    public StringBuilder attemptEnded(Fact.AttemptEnded fact) {
        return begin("attempt-ended").attempt(fact.attempt()).raw(fact.writes()).end();
    }

    @Override
    public StringBuilder attemptLost(Fact.AttemptLost fact) {
        return begin("attempt-lost").attempt(fact.attempt()).end();
    }

    @Override
    public StringBuilder attemptStuck(Fact.AttemptStuck fact) {
        return begin("attempt-stuck").attempt(fact.attempt()).end();
    }

    @Override
    public StringBuilder retryScheduled(Fact.RetryScheduled fact) {
        return begin("retry-scheduled").number(fact.step()).word(fact.direction()).number(fact.delayMs()).number(fact.dueMs()).end();
    }

    @Override
    public StringBuilder retryDue(Fact.RetryDue fact) {
        return begin("retry-due").number(fact.step()).end();
    }

    @Override
    public StringBuilder stepCompleted(Fact.StepCompleted fact) {
        return begin("step-completed").attempt(fact.attempt()).end();
    }

    @Override
    public StringBuilder stepSkipped(Fact.StepSkipped fact) {
        return begin("step-skipped").number(fact.step()).end();
    }

    @Override
    public StringBuilder stepFailed(Fact.StepFailed fact) {
        return begin("step-failed").number(fact.step()).raw(String.valueOf(fact.inDoubt())).end();
    }

    @Override
    public StringBuilder stepParked(Fact.StepParked fact) {
        return begin("step-parked").number(fact.step()).word(fact.reason()).end();
    }

    @Override
    public StringBuilder lateSuccess(Fact.LateSuccess fact) {
        return begin("late-success").attempt(fact.attempt()).raw(String.valueOf(fact.undo())).end();
    }

    @Override
    public StringBuilder sagaFailing(Fact.SagaFailing fact) {
        return begin("saga-failing").number(fact.step()).end();
    }

    @Override
    public StringBuilder sagaCancelled(Fact.SagaCancelled fact) {
        return begin("saga-cancelled").text(fact.reason()).end();
    }

    @Override
    public StringBuilder sagaTimedOut(Fact.SagaTimedOut fact) {
        return begin("saga-timed-out").number(fact.timeoutMs()).end();
    }

    @Override
    public StringBuilder sagaOverdue(Fact.SagaOverdue fact) {
        return begin("saga-overdue").number(fact.timeoutMs()).end();
    }

    @Override
    public StringBuilder compensationBegun(Fact.CompensationBegun fact) {
        return begin("compensation-begun").end();
    }

    @Override
    public StringBuilder stepCompensated(Fact.StepCompensated fact) {
        return begin("step-compensated").attempt(fact.attempt()).end();
    }

    @Override
    public StringBuilder compensationFailed(Fact.CompensationFailed fact) {
        return begin("compensation-failed").number(fact.step()).end();
    }

    @Override
    public StringBuilder personDecided(Fact.PersonDecided fact) {
        return begin("person-decided").number(fact.step()).word(fact.resolution()).raw(fact.result())
                .text(fact.by()).text(fact.reason()).end();
    }

    @Override
    public StringBuilder sagaParked(Fact.SagaParked fact) {
        return begin("saga-parked").end();
    }

    @Override
    public StringBuilder sagaResumed(Fact.SagaResumed fact) {
        return begin("saga-resumed").end();
    }

    @Override
    public StringBuilder sagaEnded(Fact.SagaEnded fact) {
        return begin("saga-ended").word(fact.phase()).end();
    }

    private FactWriter begin(String name) {
        out.append("[\"").append(name).append('"');
        return this;
    }

    private FactWriter attempt(AttemptRef attempt) {
        return number(attempt.step()).word(attempt.direction()).number(attempt.number());
    }

    private FactWriter number(long value) {
        out.append(',').append(value);
        return this;
    }

    private FactWriter raw(String json) {
        out.append(',').append(json);
        return this;
    }

    private FactWriter text(String value) {
        out.append(',');
        JsonStrings.appendQuoted(out, value);
        return this;
    }

    private FactWriter word(Enum<?> value) {
        out.append(",\"").append(value.name().toLowerCase(Locale.ROOT).replace('_', '-')).append('"');
        return this;
    }

    private StringBuilder end() {
        return out.append(']');
    }
}
