package dev.fireflytx.core.simulation;

import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Signal;
import dev.fireflytx.core.simulation.StepLedger.Standing;

/** What a signal tells an onlooker: whether it is news, and what it changes. */
final class Hearing {
    private final SagaLedger ledger;

    Hearing(SagaLedger ledger) {
        this.ledger = ledger;
    }

    /** Whether the machine has to react; old news must change nothing. */
    boolean isNews(Signal signal) {
        if (signal instanceof Signal.Start) {
            return !ledger.started;
        } else if (signal instanceof Signal.Placed placed) {
            return isIn(placed.attempt(), Standing.QUEUED);
        } else if (signal instanceof Signal.Verdict verdict) {
            return isIn(verdict.attempt(), Standing.RUNNING, Standing.STOPPING, Standing.STUCK);
        } else if (signal instanceof Signal.TimeUp timeUp) {
            return isIn(timeUp.attempt(), Standing.RUNNING);
        } else if (signal instanceof Signal.SettleTimeUp timeUp) {
            return isIn(timeUp.attempt(), Standing.STOPPING);
        } else if (signal instanceof Signal.Lost loss) {
            return isIn(loss.attempt(), Standing.RUNNING, Standing.STOPPING, Standing.STUCK);
        } else if (signal instanceof Signal.BackoffOver over) {
            return ledger.step(over.step()).paused;
        } else if (signal instanceof Signal.Cancel) {
            return canBeCalledOff() && !ledger.pivotPassed;
        } else if (signal instanceof Signal.SagaTimeUp) {
            return canBeCalledOff() && ledger.hasDeadline;
        }
        return isIn(attemptOf(signal), Standing.RUNNING, Standing.STOPPING, Standing.STUCK, Standing.LOST);
    }

    /** A saga that turned back can still be called off while something runs. */
    private boolean canBeCalledOff() {
        boolean runs = ledger.steps().mapToObj(ledger::step)
                .anyMatch(step -> step.hasAny(Standing.RUNNING) || step.hasAny(Standing.QUEUED));
        return !ledger.ended && !ledger.compensating && (!ledger.turnedBack || runs);
    }

    private boolean isIn(AttemptRef attempt, Standing... standings) {
        Standing found = ledger.step(attempt).standing(attempt);
        for (Standing standing : standings) {
            if (standing == found) {
                return true;
            }
        }
        return false;
    }

    private static AttemptRef attemptOf(Signal signal) {
        if (signal instanceof Signal.Succeeded succeeded) {
            return succeeded.attempt();
        } else if (signal instanceof Signal.Failed failed) {
            return failed.attempt();
        }
        return ((Signal.Ended) signal).attempt();
    }

    /** Notes a signal that is news. */
    void note(Signal signal) {
        if (signal instanceof Signal.Verdict verdict) {
            finish(verdict.attempt());
        } else if (signal instanceof Signal.Succeeded succeeded) {
            finish(succeeded.attempt());
        } else if (signal instanceof Signal.Failed failed) {
            fail(failed);
        } else if (signal instanceof Signal.Ended ended) {
            end(ended.attempt());
        } else if (signal instanceof Signal.TimeUp timeUp) {
            timeUp(timeUp.attempt());
        } else if (signal instanceof Signal.SettleTimeUp timeUp) {
            ledger.step(timeUp.attempt()).stand(timeUp.attempt(), Standing.STUCK);
        } else if (signal instanceof Signal.Lost loss) {
            lose(loss.attempt());
        }
    }

    private void finish(AttemptRef attempt) {
        ledger.step(attempt).stand(attempt, Standing.OVER);
    }

    private void fail(Signal.Failed failed) {
        StepLedger step = ledger.step(failed.attempt());
        Standing standing = step.standing(failed.attempt());
        if (standing == Standing.RUNNING) {
            step.countFailure(failed.attempt());
        }
        if (standing != Standing.LOST) {
            step.hopeless = !failed.retryable() || failed.attempt().direction() == Direction.CONDITION;
        }
        finish(failed.attempt());
    }

    private void end(AttemptRef attempt) {
        if (ledger.step(attempt).standing(attempt) == Standing.RUNNING) {
            lose(attempt); // nobody had told it to stop
            return;
        }
        ledger.step(attempt).doubt(attempt);
        finish(attempt);
    }

    private void timeUp(AttemptRef attempt) {
        StepLedger step = ledger.step(attempt);
        step.countFailure(attempt);
        step.doubt(attempt);
        step.hopeless = attempt.direction() == Direction.CONDITION;
        ledger.stop(attempt);
    }

    private void lose(AttemptRef attempt) {
        StepLedger step = ledger.step(attempt);
        ledger.lostWhileRunning = step.standing(attempt) == Standing.RUNNING ? attempt : null;
        step.stand(attempt, Standing.LOST);
        step.countLoss(attempt);
        step.doubt(attempt);
    }
}
