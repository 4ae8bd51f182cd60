package dev.fireflytx.core.simulation;

import dev.fireflytx.core.definition.InDoubtPolicy;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.FactVisitor;
import dev.fireflytx.core.machine.Input;
import dev.fireflytx.core.machine.Signal;
import dev.fireflytx.core.simulation.StepLedger.Life;
import dev.fireflytx.core.simulation.StepLedger.Standing;
import dev.fireflytx.core.simulation.StepLedger.Undoing;

/** Each fact is a claim of the machine; it must be justified by what is known at that point, and is known from then on. */
final class Claims implements FactVisitor<SagaLedger> {
    private static final long MAX_DELAY_MS = 30_000;

    private final SagaLedger ledger;
    private final Input input;

    Claims(SagaLedger ledger, Input input) {
        this.ledger = ledger;
        this.input = input;
    }

    @Override
    public SagaLedger sagaStarted(Fact.SagaStarted fact) {
        ledger.started = true;
        ledger.hasDeadline = ledger.plan.definition().timeoutMs().isPresent();
        return claim(input.signal() instanceof Signal.Start, "started without being told", fact);
    }

    @Override
    public SagaLedger attemptQueued(Fact.AttemptQueued fact) {
        claim(!ledger.takePlace(fact.attempt()), "waits though there is a place", fact);
        new Starts(ledger).queue(fact.attempt());
        return ledger;
    }

    @Override
    public SagaLedger attemptStarted(Fact.AttemptStarted fact) {
        if (ledger.step(fact.step()).standing(fact.attempt()) == Standing.QUEUED) {
            claim(input.signal().equals(new Signal.Placed(fact.attempt())), "nobody gave it a place", fact);
        } else {
            claim(ledger.takePlace(fact.attempt()), "there is no place for it", fact);
            new Starts(ledger).queue(fact.attempt());
        }
        new Starts(ledger).start(fact.attempt());
        return ledger;
    }

    @Override
    public SagaLedger conditionDecided(Fact.ConditionDecided fact) {
        boolean isOpen = !ledger.turnedBack && ledger.step(fact.step()).life == Life.OPEN;
        ledger.step(fact.step()).passed |= isOpen && fact.verdict();
        return claim(input.signal().equals(new Signal.Verdict(fact.attempt(), fact.verdict())), "no such verdict", fact);
    }

    @Override
    public SagaLedger attemptSucceeded(Fact.AttemptSucceeded fact) {
        return claim(succeeded(fact.attempt()), "no such success", fact);
    }

    @Override
    public SagaLedger attemptFailed(Fact.AttemptFailed fact) {
        Signal failed = new Signal.Failed(fact.attempt(), fact.error(), fact.retryable(), fact.writes());
        return claim(input.signal().equals(failed), "no such failure", fact);
    }

    @Override
    public SagaLedger attemptTimedOut(Fact.AttemptTimedOut fact) {
        return claim(input.signal().equals(new Signal.TimeUp(fact.attempt())), "its time was not up", fact);
    }

    @Override
    public SagaLedger attemptEnded(Fact.AttemptEnded fact) {
        return claim(input.signal().equals(new Signal.Ended(fact.attempt(), fact.writes())), "it did not end", fact);
    }

    @Override
    public SagaLedger attemptLost(Fact.AttemptLost fact) {
        boolean isLost = ledger.step(fact.step()).standing(fact.attempt()) == Standing.LOST;
        return claim(isLost, "it was not lost", fact);
    }

    @Override
    public SagaLedger attemptStuck(Fact.AttemptStuck fact) {
        return claim(input.signal().equals(new Signal.SettleTimeUp(fact.attempt())), "it is not stuck", fact);
    }

    @Override
    public SagaLedger retryScheduled(Fact.RetryScheduled fact) {
        StepLedger step = ledger.step(fact.step());
        RetryPolicy policy = ledger.policy(fact.step(), fact.direction());
        int failures = step.failures(fact.direction());
        boolean goesOn = fact.direction() == Direction.BACKWARD
                ? step.undoing == Undoing.GOING : step.life == Life.OPEN && !ledger.turnedBack;
        boolean endless = ledger.pivotPassed && fact.direction() == Direction.FORWARD;
        claim(goesOn && !step.hopeless && !step.isUnsettled(), "nothing to retry", fact);
        claim(endless || failures < policy.maxAttempts(), "more attempts than its retry", fact);
        double ceilingMs = Math.min(MAX_DELAY_MS, policy.backoffMs() * Math.pow(2, Math.max(0, failures - 1)));
        claim(fact.delayMs() == (long) (ceilingMs * input.jitter()), "another delay than " + ceilingMs, fact);
        step.paused = true;
        return claim(fact.dueMs() == input.nowMs() + fact.delayMs(), "due at another time", fact);
    }

    @Override
    public SagaLedger retryDue(Fact.RetryDue fact) {
        boolean wasPaused = ledger.step(fact.step()).paused;
        ledger.step(fact.step()).paused = false;
        ledger.step(fact.step()).due = true;
        return claim(wasPaused && input.signal().equals(new Signal.BackoffOver(fact.step())), "not due", fact);
    }

    @Override
    public SagaLedger stepCompleted(Fact.StepCompleted fact) {
        Life life = ledger.step(fact.step()).life;
        claim(life == Life.OPEN || life == Life.PARKED, "completed after it was " + life, fact);
        claim(succeeded(fact.attempt()), "completed by no success", fact);
        ledger.settle(fact.step(), Life.COMPLETED);
        ledger.stopAll(fact.step());
        if (fact.step() == ledger.plan.pivot()) {
            claim(!ledger.compensating, "the pivot completed while steps are undone", fact);
            ledger.pivotPassed = true;
            ledger.turnedBack = false;
        }
        return ledger;
    }

    @Override
    public SagaLedger stepSkipped(Fact.StepSkipped fact) {
        boolean saidNo = input.signal() instanceof Signal.Verdict verdict && !verdict.verdict();
        claim(saidNo && ledger.step(fact.step()).life == Life.OPEN, "skipped without a verdict", fact);
        ledger.settle(fact.step(), Life.SKIPPED);
        return ledger;
    }

    @Override
    public SagaLedger stepFailed(Fact.StepFailed fact) {
        StepLedger step = ledger.step(fact.step());
        claim(!ledger.pivotPassed, "failed after the pivot", fact);
        claim(isOutOfAttempts(fact.step()), "given up while another attempt was due to it", fact);
        claim(fact.inDoubt() == step.inDoubt, "its doubt is wrong", fact);
        claim(!step.inDoubt || ledger.plan.step(fact.step()).inDoubt() != InDoubtPolicy.PARK, "must park", fact);
        ledger.settle(fact.step(), Life.FAILED);
        return ledger;
    }

    @Override
    public SagaLedger stepParked(Fact.StepParked fact) {
        StepLedger step = ledger.step(fact.step());
        boolean justified = switch (fact.reason()) {
            case HANDLER_GONE -> false; // no code goes missing in this world
            case IN_DOUBT -> step.inDoubt && isOutOfAttempts(fact.step())
                    && ledger.plan.step(fact.step()).inDoubt() == InDoubtPolicy.PARK;
            case BEHIND_PIVOT -> ledger.pivotPassed && step.hopeless;
            case LOST_TOO_OFTEN -> ledger.lostWhileRunning != null
                    && step.losses(ledger.lostWhileRunning.direction()) >= Starts.MAX_LOSSES;
        };
        claim(step.life == Life.OPEN && justified, "parked without a reason", fact);
        ledger.settle(fact.step(), Life.PARKED);
        return ledger;
    }

    @Override
    public SagaLedger lateSuccess(Fact.LateSuccess fact) {
        StepLedger step = ledger.step(fact.step());
        boolean isBeingUndone = step.late || step.undoing != Undoing.NONE;
        claim(succeeded(fact.attempt()) && (step.life == Life.FAILED || isBeingUndone), "not late", fact);
        boolean canUndo = ledger.plan.step(fact.step()).compensation().isPresent()
                && !ledger.ended && step.undoing != Undoing.GIVEN_UP;
        claim(fact.undo() == canUndo, "its late result must be undone if it still can", fact);
        step.late |= fact.undo();
        step.lateWaits |= fact.undo();
        step.undoing = fact.undo() && step.undoing == Undoing.DONE ? Undoing.NONE : step.undoing;
        return ledger;
    }

    @Override
    public SagaLedger sagaFailing(Fact.SagaFailing fact) {
        claim(!ledger.turnedBack && ledger.step(fact.step()).life == Life.FAILED, "nothing failed", fact);
        ledger.turnBack();
        return ledger;
    }

    @Override
    public SagaLedger sagaCancelled(Fact.SagaCancelled fact) {
        return callOff(input.signal().equals(new Signal.Cancel(fact.reason())), fact);
    }

    @Override
    public SagaLedger sagaTimedOut(Fact.SagaTimedOut fact) {
        boolean rightLimit = ledger.plan.definition().timeoutMs().orElse(0) == fact.timeoutMs();
        return callOff(rightLimit && ledger.hasDeadline && input.signal() instanceof Signal.SagaTimeUp, fact);
    }

    private SagaLedger callOff(boolean wanted, Fact fact) {
        claim(wanted && !ledger.compensating && !ledger.pivotPassed, "must not be called off", fact);
        ledger.turnedBack = true;
        ledger.hasDeadline = false;
        ledger.steps().forEach(ledger::stopAll);
        return ledger;
    }

    @Override
    public SagaLedger sagaOverdue(Fact.SagaOverdue fact) {
        claim(ledger.pivotPassed && input.signal() instanceof Signal.SagaTimeUp, "must turn back instead", fact);
        ledger.hasDeadline = false;
        return ledger;
    }

    @Override
    public SagaLedger compensationBegun(Fact.CompensationBegun fact) {
        claim(ledger.turnedBack && !ledger.compensating && !ledger.pivotPassed, "no reason to compensate", fact);
        claim(ledger.isAllSettled(), "a step has not settled", fact);
        ledger.compensating = true;
        return ledger;
    }

    @Override
    public SagaLedger stepCompensated(Fact.StepCompensated fact) {
        StepLedger step = ledger.step(fact.step());
        claim(succeeded(fact.attempt()) && fact.attempt().direction() == Direction.BACKWARD, "not undone", fact);
        claim(step.undoing != Undoing.DONE && step.undoing != Undoing.NONE, "undone twice", fact);
        step.undoing = step.lateWaits ? Undoing.NONE : Undoing.DONE;
        step.paused = false;
        step.due = false;
        ledger.stopAll(fact.step());
        return ledger;
    }

    @Override
    public SagaLedger compensationFailed(Fact.CompensationFailed fact) {
        StepLedger step = ledger.step(fact.step());
        boolean isOut = step.hopeless || step.hasAny(Standing.STUCK)
                || step.losses(Direction.BACKWARD) >= Starts.MAX_LOSSES
                || step.failures(Direction.BACKWARD) >= ledger.policy(fact.step(), Direction.BACKWARD).maxAttempts();
        claim(step.undoing == Undoing.GOING && isOut, "given up while another attempt was due to it", fact);
        step.undoing = Undoing.GIVEN_UP;
        return ledger;
    }

    @Override
    public SagaLedger personDecided(Fact.PersonDecided fact) {
        return claim(false, "nobody decided anything in this world", fact);
    }

    @Override
    public SagaLedger sagaParked(Fact.SagaParked fact) {
        return claim(ledger.stands() && ledger.hasReasonToPark(), "parked without a reason", fact);
    }

    @Override
    public SagaLedger sagaResumed(Fact.SagaResumed fact) {
        return claim(!ledger.stands(), "resumed, but nothing goes on", fact);
    }

    @Override
    public SagaLedger sagaEnded(Fact.SagaEnded fact) {
        boolean givenUp = ledger.steps().anyMatch(step -> ledger.step(step).undoing == Undoing.GIVEN_UP);
        boolean right = switch (fact.phase()) {
            case COMPLETED -> !ledger.turnedBack && ledger.isAllDone();
            case COMPENSATED -> ledger.compensating && ledger.isAllUndone() && !givenUp;
            case COMPENSATION_FAILED -> ledger.compensating && ledger.isAllUndone() && givenUp;
            default -> false;
        };
        ledger.ended = true;
        ledger.hasDeadline = false;
        return claim(right, "a wrong end", fact);
    }

    private boolean succeeded(AttemptRef attempt) {
        return input.signal() instanceof Signal.Succeeded succeeded && succeeded.attempt().equals(attempt);
    }

    private boolean isOutOfAttempts(int step) {
        StepLedger known = ledger.step(step);
        boolean begun = known.life == Life.OPEN && !known.isUntouched()
                && !known.hasAny(Standing.RUNNING) && !known.hasAny(Standing.QUEUED);
        boolean spent = known.failures(Direction.FORWARD) >= ledger.policy(step, Direction.FORWARD).maxAttempts();
        boolean hasRun = known.attempts(Direction.FORWARD) > 0; // a condition that is called off fails nothing
        return begun && (known.hopeless || hasRun && (ledger.turnedBack || spent));
    }

    private SagaLedger claim(boolean justified, String broken, Fact fact) {
        Violation.unless(justified, broken, fact);
        return ledger;
    }
}
