package dev.fireflytx.core.machine;

/**
 * What the journal records: each thing that happened to a saga, and each decision taken.
 *
 * <p>Facts alone rebuild a saga's state, so a later change of the decisions never rewrites an old saga.
 */
public sealed interface Fact {

    /**
     * Calls the visitor's method for this fact.
     *
     * @param visitor what to call
     * @param <R> what it returns
     * @return what it returned
     */
    <R> R accept(FactVisitor<R> visitor);

    /** A fact about one step. */
    sealed interface OfStep extends Fact {
        /** {@return the step's index} */
        int step();
    }

    /** A fact about one attempt. */
    sealed interface OfAttempt extends OfStep {
        /** {@return which attempt} */
        AttemptRef attempt();

        @Override
        default int step() {
            return attempt().step();
        }
    }

    /**
     * The saga began.
     *
     * @param input its input
     * @param timeoutMs its limit, or 0
     * @param overlayRule by which rule results overlay the input
     * @param atMs when, by the clock that its deadlines use
     * @param trace the headers of the trace that it belongs to, an object; {@link #NO_TRACE} without one
     */
    record SagaStarted(String input, long timeoutMs, int overlayRule, long atMs, String trace) implements Fact {
        /** No headers. */
        public static final String NO_TRACE = "{}";

        /**
         * A saga that belongs to no trace.
         *
         * @param input its input
         * @param timeoutMs its limit, or 0
         * @param overlayRule by which rule results overlay the input
         * @param atMs when, by the clock that its deadlines use
         */
        public SagaStarted(String input, long timeoutMs, int overlayRule, long atMs) {
            this(input, timeoutMs, overlayRule, atMs, NO_TRACE);
        }

        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.sagaStarted(this);
        }
    }

    /**
     * An attempt waits for a place outside. Nothing of it has run, and nothing will until it has started.
     *
     * @param attempt which one
     */
    record AttemptQueued(AttemptRef attempt) implements OfAttempt {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.attemptQueued(this);
        }
    }

    /**
     * An attempt has a place, and is handed out once this is durable.
     *
     * @param attempt which one
     */
    record AttemptStarted(AttemptRef attempt) implements OfAttempt {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.attemptStarted(this);
        }
    }

    /**
     * A condition answered; it is never asked again.
     *
     * @param attempt the attempt of the condition
     * @param verdict whether the step runs
     */
    record ConditionDecided(AttemptRef attempt, boolean verdict) implements OfAttempt {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.conditionDecided(this);
        }
    }

    /**
     * An attempt returned.
     *
     * @param attempt which one
     * @param result what it returned
     * @param writes the context values that it set
     */
    record AttemptSucceeded(AttemptRef attempt, String result, String writes) implements OfAttempt {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.attemptSucceeded(this);
        }
    }

    /**
     * An attempt raised.
     *
     * @param attempt which one
     * @param error the error, as JSON
     * @param retryable whether another attempt makes sense
     * @param writes the context values that it set
     */
    record AttemptFailed(AttemptRef attempt, String error, boolean retryable, String writes) implements OfAttempt {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.attemptFailed(this);
        }
    }

    /**
     * An attempt's time was up; it is told to stop.
     *
     * @param attempt which one
     * @param timeoutMs the limit that it passed
     */
    record AttemptTimedOut(AttemptRef attempt, long timeoutMs) implements OfAttempt {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.attemptTimedOut(this);
        }
    }

    /**
     * An attempt ended without telling what it did.
     *
     * @param attempt which one
     * @param writes the context values that it set
     */
    record AttemptEnded(AttemptRef attempt, String writes) implements OfAttempt {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.attemptEnded(this);
        }
    }

    /**
     * An attempt's process is gone.
     *
     * @param attempt which one
     */
    record AttemptLost(AttemptRef attempt) implements OfAttempt {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.attemptLost(this);
        }
    }

    /**
     * An attempt that was told to stop has not ended in time.
     *
     * @param attempt which one
     */
    record AttemptStuck(AttemptRef attempt) implements OfAttempt {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.attemptStuck(this);
        }
    }

    /**
     * Another attempt follows.
     *
     * @param step the step's index
     * @param direction of the attempt to come
     * @param delayMs the pause
     * @param dueMs when it is over
     */
    record RetryScheduled(int step, Direction direction, long delayMs, long dueMs) implements OfStep {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.retryScheduled(this);
        }
    }

    /**
     * The pause before a step's next attempt is over.
     *
     * @param step the step's index
     */
    record RetryDue(int step) implements OfStep {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.retryDue(this);
        }
    }

    /**
     * A step is done.
     *
     * @param attempt the attempt whose result counts
     */
    record StepCompleted(AttemptRef attempt) implements OfAttempt {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.stepCompleted(this);
        }
    }

    /**
     * A step does not run.
     *
     * @param step the step's index
     */
    record StepSkipped(int step) implements OfStep {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.stepSkipped(this);
        }
    }

    /**
     * A step is given up.
     *
     * @param step the step's index
     * @param inDoubt whether one of its attempts may have taken effect
     */
    record StepFailed(int step, boolean inDoubt) implements OfStep {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.stepFailed(this);
        }
    }

    /**
     * A step waits for a person.
     *
     * @param step the step's index
     * @param reason why
     */
    record StepParked(int step, ParkReason reason) implements OfStep {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.stepParked(this);
        }
    }

    /**
     * A step that had been given up succeeded after all.
     *
     * @param attempt the attempt
     * @param undo whether it will be undone; if not, a person should know
     */
    record LateSuccess(AttemptRef attempt, boolean undo) implements OfAttempt {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.lateSuccess(this);
        }
    }

    /**
     * The saga turns back because a step was given up.
     *
     * @param step the first such step's index
     */
    record SagaFailing(int step) implements OfStep {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.sagaFailing(this);
        }
    }

    /**
     * The saga turns back because somebody wants it to; what runs is told to stop.
     *
     * @param reason theirs
     */
    record SagaCancelled(String reason) implements Fact {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.sagaCancelled(this);
        }
    }

    /**
     * The saga turns back because its time is up; what runs is told to stop.
     *
     * @param timeoutMs the limit that it passed
     */
    record SagaTimedOut(long timeoutMs) implements Fact {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.sagaTimedOut(this);
        }
    }

    /**
     * The saga's time is up, but its pivot has succeeded: it goes on.
     *
     * @param timeoutMs the limit that it passed
     */
    record SagaOverdue(long timeoutMs) implements Fact {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.sagaOverdue(this);
        }
    }

    /** Nothing runs forward any more; undoing begins. */
    record CompensationBegun() implements Fact {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.compensationBegun(this);
        }
    }

    /**
     * A step is undone.
     *
     * @param attempt the attempt that undid it
     */
    record StepCompensated(AttemptRef attempt) implements OfAttempt {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.stepCompensated(this);
        }
    }

    /**
     * Undoing a step is given up.
     *
     * @param step the step's index
     */
    record CompensationFailed(int step) implements OfStep {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.compensationFailed(this);
        }
    }

    /**
     * A person has decided about a step that waited for one.
     *
     * @param step the step's index
     * @param resolution what they decided
     * @param result the step's result, for {@code COMPLETE_STEP}; else an empty object
     * @param by who they are
     * @param reason theirs
     */
    record PersonDecided(int step, Resolution resolution, String result, String by, String reason) implements OfStep {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.personDecided(this);
        }
    }

    /** Nothing can move until a person or a late end helps. */
    record SagaParked() implements Fact {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.sagaParked(this);
        }
    }

    /** A parked saga moves again. */
    record SagaResumed() implements Fact {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.sagaResumed(this);
        }
    }

    /**
     * The saga ended.
     *
     * @param phase {@code COMPLETED}, {@code COMPENSATED} or {@code COMPENSATION_FAILED}
     */
    record SagaEnded(SagaPhase phase) implements Fact {
        @Override
        public <R> R accept(FactVisitor<R> visitor) {
            return visitor.sagaEnded(this);
        }
    }
}
