package dev.fireflytx.core.simulation;

import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.simulation.StepLedger.Life;
import dev.fireflytx.core.simulation.StepLedger.Standing;
import dev.fireflytx.core.simulation.StepLedger.Undoing;

/** When an attempt may start, or wait for a place to start in. */
final class Starts {
    static final int MAX_LOSSES = 10;

    private final SagaLedger ledger;

    Starts(SagaLedger ledger) {
        this.ledger = ledger;
    }

    void queue(AttemptRef attempt) {
        StepLedger step = ledger.step(attempt);
        Violation.unless(step.standing(attempt) == null, "started twice", attempt);
        Violation.unless(attempt.number() == step.attempts(attempt.direction()) + 1, "a gap in the numbers", attempt);
        Violation.unless(!ledger.ended, "started after the end", attempt);
        Violation.unless(!step.isUnsettled(), "started while another attempt of its step is unsettled", attempt);
        Violation.unless(ledger.hasFreePlace(), "more attempts at once than layer_concurrency", attempt);
        if (isRerun(attempt)) {
            rerun(attempt);
        } else if (attempt.direction() == Direction.BACKWARD) {
            undo(attempt);
        } else {
            goForward(attempt);
        }
        step.due = false;
        step.stand(attempt, Standing.QUEUED);
    }

    void start(AttemptRef attempt) {
        StepLedger step = ledger.step(attempt);
        step.lateWaits &= attempt.direction() != Direction.BACKWARD;
        step.stand(attempt, Standing.RUNNING);
    }

    /** What a crash interrupted is run again, whatever else has happened to the saga. */
    private boolean isRerun(AttemptRef attempt) {
        AttemptRef lost = ledger.lostWhileRunning;
        return lost != null && lost.step() == attempt.step() && lost.direction() == attempt.direction()
                && lost.number() + 1 == attempt.number();
    }

    private void rerun(AttemptRef attempt) {
        StepLedger step = ledger.step(attempt);
        boolean wanted = attempt.direction() == Direction.BACKWARD
                ? step.undoing == Undoing.GOING : step.life == Life.OPEN;
        Violation.unless(wanted, "run again though it is settled", attempt);
        Violation.unless(step.losses(attempt.direction()) < MAX_LOSSES, "run again after 10 losses", attempt);
    }

    private void goForward(AttemptRef attempt) {
        StepLedger step = ledger.step(attempt);
        Violation.unless(!ledger.turnedBack, "started after the first failure", attempt);
        Violation.unless(ledger.isUnblocked(attempt.step()), "started before its dependencies were done", attempt);
        Violation.unless(ledger.couldStart(attempt.step()), "started though nothing asks for it", attempt);
        boolean asks = ledger.plan.step(attempt.step()).conditional() && !step.passed;
        boolean isCondition = attempt.direction() == Direction.CONDITION;
        Violation.unless(isCondition == asks, "the condition is asked once, before the first attempt", attempt);
    }

    private void undo(AttemptRef attempt) {
        int step = attempt.step();
        Violation.unless(!ledger.pivotPassed, "undone after the pivot", attempt);
        Violation.unless(ledger.compensating, "undone before compensation began", attempt);
        Violation.unless(ledger.needsUndo(step), "undone though it has no effect", attempt);
        Violation.unless(!ledger.isHeldBack(step), "undone before what depended on it", attempt);
        Violation.unless(ledger.couldUndo(step), "undone out of turn", attempt);
        ledger.step(step).undoing = Undoing.GOING;
    }
}
