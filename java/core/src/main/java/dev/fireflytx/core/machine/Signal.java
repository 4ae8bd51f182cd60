package dev.fireflytx.core.machine;

/** What can happen to a saga from outside. Values travel as opaque JSON text; the machine never looks into them. */
public sealed interface Signal {

    /**
     * The saga begins.
     *
     * @param input its input
     * @param timeoutMs its own limit, or 0 for the definition's
     * @param trace the headers of the trace that it belongs to, an object; empty without one
     */
    record Start(String input, long timeoutMs, String trace) implements Signal {
        /**
         * A saga that belongs to no trace.
         *
         * @param input its input
         * @param timeoutMs its own limit, or 0 for the definition's
         */
        public Start(String input, long timeoutMs) {
            this(input, timeoutMs, Fact.SagaStarted.NO_TRACE);
        }
    }

    /**
     * There is a place for an attempt that was queued.
     *
     * @param attempt which one
     */
    record Placed(AttemptRef attempt) implements Signal {}

    /**
     * A condition answered.
     *
     * @param attempt the attempt of the condition
     * @param verdict whether the step is to run
     */
    record Verdict(AttemptRef attempt, boolean verdict) implements Signal {}

    /**
     * A step or compensation returned.
     *
     * @param attempt which one
     * @param result what it returned
     * @param writes the context values that it set
     */
    record Succeeded(AttemptRef attempt, String result, String writes) implements Signal {}

    /**
     * A step, condition or compensation raised.
     *
     * @param attempt which one
     * @param error the error, as JSON
     * @param retryable whether another attempt makes sense
     * @param writes the context values that it set
     */
    record Failed(AttemptRef attempt, String error, boolean retryable, String writes) implements Signal {}

    /**
     * An attempt could not begin, since the code that it needs is not there any more.
     *
     * @param attempt which one
     * @param error what is missing, as JSON
     */
    record Missing(AttemptRef attempt, String error) implements Signal {}

    /**
     * An attempt ended because it was told to; nothing is known of its effect.
     *
     * @param attempt which one
     * @param writes the context values that it set
     */
    record Ended(AttemptRef attempt, String writes) implements Signal {}

    /**
     * An attempt's time is up.
     *
     * @param attempt which one
     */
    record TimeUp(AttemptRef attempt) implements Signal {

        // Both by hand, as in AttemptRef: every attempt sets a timer by this.
        @Override
        public boolean equals(Object other) {
            return other instanceof TimeUp that && attempt.equals(that.attempt);
        }

        @Override
        public int hashCode() {
            return attempt.hashCode();
        }
    }

    /**
     * An attempt that was told to stop has not ended in time.
     *
     * @param attempt which one
     */
    record SettleTimeUp(AttemptRef attempt) implements Signal {

        // Both by hand, as in AttemptRef: every end of an attempt looks for a timer by this.
        @Override
        public boolean equals(Object other) {
            return other instanceof SettleTimeUp that && attempt.equals(that.attempt);
        }

        @Override
        public int hashCode() {
            return ~attempt.hashCode();
        }
    }

    /**
     * The process that ran an attempt is gone.
     *
     * @param attempt which one
     */
    record Lost(AttemptRef attempt) implements Signal {}

    /**
     * The pause before a step's next attempt is over.
     *
     * @param step its index
     */
    record BackoffOver(int step) implements Signal {}

    /** The saga's own time is up. */
    record SagaTimeUp() implements Signal {}

    /**
     * A person has decided about a step that waits for one.
     *
     * @param step its index
     * @param resolution what they decided
     * @param result the step's result, for {@code COMPLETE_STEP}; else empty
     * @param by who they are
     * @param reason theirs
     */
    record Resolve(int step, Resolution resolution, String result, String by, String reason) implements Signal {}

    /**
     * Somebody wants the saga undone.
     *
     * @param reason theirs; may be empty
     */
    record Cancel(String reason) implements Signal {}
}
