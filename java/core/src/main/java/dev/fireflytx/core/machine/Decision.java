package dev.fireflytx.core.machine;

import dev.fireflytx.core.definition.InDoubtPolicy;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.machine.LiveAttempt.Hold;
import dev.fireflytx.core.machine.StepState.Effect;
import java.util.ArrayList;
import java.util.List;

/** One call of {@code decide}: reacts to the signal, then lets the saga move on as far as it can. */
final class Decision {
    private static final StepKind[] KINDS = StepKind.values();

    private final Input input;
    private final List<Fact> facts = new ArrayList<>();
    private final int[] places;
    private SagaState state;

    Decision(SagaState state, Input input) {
        this.state = state;
        this.input = input;
        this.places = new int[KINDS.length];
        for (StepKind kind : KINDS) {
            places[kind.ordinal()] = input.places().of(kind);
        }
    }

    List<Fact> facts() {
        react(input.signal());
        if (!facts.isEmpty() && !state.phase().isEnded()) {
            new Progress(this).moveOn();
            notePause();
        }
        return facts;
    }

    SagaState state() {
        return state;
    }

    void record(Fact fact) {
        facts.add(fact);
        state = SagaMachine.evolve(state, fact);
    }

    void startAttempt(int step, Direction direction) {
        AttemptRef attempt = new AttemptRef(step, direction, state.step(step).tally(direction).attempts() + 1);
        int kind = attempt.kind(state.plan()).ordinal();
        record(places[kind] > 0 ? new Fact.AttemptStarted(attempt) : new Fact.AttemptQueued(attempt));
        places[kind]--;
    }

    private void react(Signal signal) {
        if (signal instanceof Signal.Start start) {
            start(start);
        } else if (signal instanceof Signal.Placed placed) {
            placed(placed.attempt());
        } else if (signal instanceof Signal.Verdict verdict) {
            verdict(verdict);
        } else if (signal instanceof Signal.Succeeded succeeded) {
            succeeded(succeeded);
        } else if (signal instanceof Signal.Failed failed) {
            failed(failed);
        } else if (signal instanceof Signal.Missing missing) {
            missing(missing);
        } else if (signal instanceof Signal.Ended ended) {
            ended(ended);
        } else if (signal instanceof Signal.TimeUp timeUp) {
            timeUp(timeUp.attempt());
        } else if (signal instanceof Signal.SettleTimeUp timeUp) {
            settleTimeUp(timeUp.attempt());
        } else if (signal instanceof Signal.Lost lost) {
            lost(lost.attempt());
        } else if (signal instanceof Signal.BackoffOver over) {
            backoffOver(over.step());
        } else if (signal instanceof Signal.Cancel cancel) {
            cancel(cancel);
        } else if (signal instanceof Signal.Resolve resolve) {
            resolve(resolve);
        } else {
            sagaTimeUp();
        }
    }

    private void start(Signal.Start start) {
        if (!state.isBlank()) {
            return;
        }
        long timeoutMs = start.timeoutMs() > 0
                ? start.timeoutMs() : state.plan().definition().timeoutMs().orElse(0);
        record(new Fact.SagaStarted(start.input(), timeoutMs, SagaMachine.OVERLAY_RULE, input.nowMs(), start.trace()));
    }

    private void placed(AttemptRef attempt) {
        boolean waits = state.step(attempt.step()).find(attempt).filter(live -> live.hold() == Hold.QUEUED).isPresent();
        if (waits) {
            record(new Fact.AttemptStarted(attempt));
        }
    }

    private void verdict(Signal.Verdict signal) {
        Hold hold = hold(signal.attempt());
        if (hold == null || hold == Hold.LOST) {
            return; // a condition that was lost has been asked again
        }
        boolean asked = state.step(signal.attempt().step()).phase() == StepPhase.CHECKING;
        record(new Fact.ConditionDecided(signal.attempt(), signal.verdict()));
        if (asked && !signal.verdict()) {
            record(new Fact.StepSkipped(signal.attempt().step()));
        }
    }

    private void succeeded(Signal.Succeeded signal) {
        AttemptRef attempt = signal.attempt();
        if (hold(attempt) == null) {
            return;
        }
        record(new Fact.AttemptSucceeded(attempt, signal.result(), signal.writes()));
        StepPhase phase = state.step(attempt.step()).phase();
        if (attempt.direction() == Direction.BACKWARD) {
            if (phase.isBeingUndone() || phase == StepPhase.COMPENSATION_FAILED && !state.phase().isEnded()) {
                record(new Fact.StepCompensated(attempt));
            }
        } else if (phase.isOpen()) {
            record(new Fact.StepCompleted(attempt));
        } else if (phase != StepPhase.COMPLETED) {
            record(new Fact.LateSuccess(attempt, canStillBeUndone(attempt.step())));
        }
    }

    private boolean canStillBeUndone(int step) {
        return !state.phase().isEnded()
                && state.plan().step(step).compensation().isPresent()
                && state.step(step).phase() != StepPhase.COMPENSATION_FAILED;
    }

    private void failed(Signal.Failed signal) {
        AttemptRef attempt = signal.attempt();
        Hold hold = hold(attempt);
        if (hold == null) {
            return;
        }
        record(new Fact.AttemptFailed(attempt, signal.error(), signal.retryable(), signal.writes()));
        if (hold != Hold.LOST) {
            afterAttempt(attempt, signal.retryable());
        }
    }

    /** A saga is not undone because somebody changed its code: a person decides. */
    private void missing(Signal.Missing signal) {
        AttemptRef attempt = signal.attempt();
        if (hold(attempt) == null) {
            return;
        }
        record(new Fact.AttemptFailed(attempt, signal.error(), false, "{}"));
        StepPhase phase = state.step(attempt.step()).phase();
        if (phase == StepPhase.UNDOING) {
            record(new Fact.CompensationFailed(attempt.step()));
        } else if (phase == StepPhase.RUNNING || phase == StepPhase.CHECKING) {
            record(new Fact.StepParked(attempt.step(), ParkReason.HANDLER_GONE));
        }
    }

    private void ended(Signal.Ended signal) {
        AttemptRef attempt = signal.attempt();
        Hold hold = hold(attempt);
        if (hold == Hold.OPEN) {
            lost(attempt); // nobody had told it to stop: its runner is going down
        } else if (hold != null) {
            record(new Fact.AttemptEnded(attempt, signal.writes()));
            if (hold != Hold.LOST) {
                afterAttempt(attempt, true);
            }
        }
    }

    private void timeUp(AttemptRef attempt) {
        if (hold(attempt) != Hold.OPEN) {
            return;
        }
        record(new Fact.AttemptTimedOut(attempt, policy(attempt).timeoutMs()));
        boolean finallyFailed = attempt.direction() != Direction.BACKWARD && !mayRetry(attempt, true);
        if (finallyFailed) {
            giveUp(attempt);
        }
    }

    private void settleTimeUp(AttemptRef attempt) {
        if (hold(attempt) != Hold.ABANDONED) {
            return;
        }
        record(new Fact.AttemptStuck(attempt));
        if (attempt.direction() == Direction.BACKWARD && state.step(attempt.step()).phase() == StepPhase.UNDOING) {
            record(new Fact.CompensationFailed(attempt.step()));
        }
    }

    private void lost(AttemptRef attempt) {
        Hold hold = hold(attempt);
        if (hold == null || hold == Hold.LOST) {
            return;
        }
        record(new Fact.AttemptLost(attempt));
        if (hold != Hold.OPEN) {
            afterAttempt(attempt, true);
        } else if (state.step(attempt.step()).tally(attempt.direction()).losses() < SagaMachine.MAX_LOSSES) {
            startAttempt(attempt.step(), attempt.direction());
        } else if (attempt.direction() == Direction.BACKWARD) {
            record(new Fact.CompensationFailed(attempt.step()));
        } else {
            record(new Fact.StepParked(attempt.step(), ParkReason.LOST_TOO_OFTEN));
        }
    }

    private void backoffOver(int step) {
        StepPhase phase = state.step(step).phase();
        if (phase == StepPhase.BACKOFF || phase == StepPhase.UNDO_BACKOFF) {
            record(new Fact.RetryDue(step));
        }
    }

    private void cancel(Signal.Cancel signal) {
        if (canBeCalledOff() && !state.isPivotPassed()) {
            record(new Fact.SagaCancelled(signal.reason()));
            dropRetries();
        }
    }

    private void sagaTimeUp() {
        if (!canBeCalledOff() || state.deadlineMs() == 0) {
            return;
        }
        long timeoutMs = Math.max(0, state.deadlineMs() - state.startedMs());
        if (state.isPivotPassed()) {
            record(new Fact.SagaOverdue(timeoutMs));
        } else {
            record(new Fact.SagaTimedOut(timeoutMs));
            dropRetries();
        }
    }

    private void resolve(Signal.Resolve signal) {
        if (Interventions.refusal(state, signal.step(), signal.resolution()).isPresent()) {
            return;
        }
        record(new Fact.PersonDecided(
                signal.step(), signal.resolution(), signal.result(), signal.by(), signal.reason()));
        if (signal.resolution() == Resolution.FAIL_STEP && state.phase() == SagaPhase.FORWARD) {
            record(new Fact.SagaFailing(signal.step()));
            dropRetries();
        }
    }

    /** A saga that has turned back already can still be hurried: its open attempts are told to stop. */
    private boolean canBeCalledOff() {
        return state.phase() == SagaPhase.FORWARD || state.phase() == SagaPhase.FAILING && state.hasOpenAttempt();
    }

    /** Decides what follows an attempt that ended without success. */
    private void afterAttempt(AttemptRef attempt, boolean retryable) {
        StepPhase phase = state.step(attempt.step()).phase();
        if (phase == StepPhase.UNDOING) {
            afterUndoAttempt(attempt, retryable);
        } else if (phase == StepPhase.RUNNING || phase == StepPhase.CHECKING) {
            if (mayRetry(attempt, retryable)) {
                scheduleRetry(attempt);
            } else {
                giveUp(attempt);
            }
        }
    }

    private void afterUndoAttempt(AttemptRef attempt, boolean retryable) {
        if (retryable && state.step(attempt.step()).backward().failures() < policy(attempt).maxAttempts()) {
            scheduleRetry(attempt);
        } else {
            record(new Fact.CompensationFailed(attempt.step()));
        }
    }

    private boolean mayRetry(AttemptRef attempt, boolean retryable) {
        if (attempt.direction() == Direction.CONDITION || !retryable || !state.phase().isForward()) {
            return false;
        }
        return state.isPivotPassed()
                || state.step(attempt.step()).forward().failures() < policy(attempt).maxAttempts();
    }

    private void scheduleRetry(AttemptRef attempt) {
        int failures = Math.max(1, state.step(attempt.step()).tally(attempt.direction()).failures());
        long delayMs = policy(attempt).delayMs(failures, input.jitter());
        record(new Fact.RetryScheduled(attempt.step(), attempt.direction(), delayMs, input.nowMs() + delayMs));
    }

    private void giveUp(AttemptRef attempt) {
        int step = attempt.step();
        if (state.isPivotPassed()) {
            record(new Fact.StepParked(step, ParkReason.BEHIND_PIVOT));
            return;
        }
        boolean inDoubt = state.step(step).effect() == Effect.IN_DOUBT;
        if (inDoubt && definition(step).inDoubt() == InDoubtPolicy.PARK) {
            record(new Fact.StepParked(step, ParkReason.IN_DOUBT));
            return;
        }
        record(new Fact.StepFailed(step, inDoubt));
        if (state.phase() == SagaPhase.FORWARD) {
            record(new Fact.SagaFailing(step));
            dropRetries();
        }
    }

    /** From the first failure on no attempt starts: steps that wait for their next one are given up. */
    private void dropRetries() {
        for (int step = 0; step < state.size(); step++) {
            StepState waiting = state.step(step);
            boolean dropped = waiting.phase() == StepPhase.BACKOFF
                    || waiting.phase() == StepPhase.READY && waiting.forward().attempts() > 0 && !waiting.isQueued();
            if (dropped) {
                giveUp(new AttemptRef(step, Direction.FORWARD, waiting.forward().attempts()));
            }
        }
    }

    private void notePause() {
        boolean stands = !state.phase().isEnded() && Progress.stands(state);
        if (stands != state.isParked() && !state.phase().isEnded()) {
            record(stands ? new Fact.SagaParked() : new Fact.SagaResumed());
        }
    }

    private StepDefinition definition(int step) {
        return state.plan().step(step);
    }

    private RetryPolicy policy(AttemptRef attempt) {
        StepDefinition step = definition(attempt.step());
        return attempt.direction() == Direction.BACKWARD ? step.compensation().orElseThrow().policy() : step.policy();
    }

    /** How an attempt is held; null if it is unknown, has not started or has ended, so that its news is none. */
    private Hold hold(AttemptRef attempt) {
        return state.step(attempt.step()).find(attempt)
                .map(LiveAttempt::hold).filter(hold -> hold != Hold.QUEUED).orElse(null);
    }
}
