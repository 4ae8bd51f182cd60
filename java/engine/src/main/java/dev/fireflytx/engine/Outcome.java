package dev.fireflytx.engine;

/** How an attempt ended. Values are JSON objects as text; {@code writes} holds the context values that the attempt set. */
public sealed interface Outcome {

    /** {@return the context values that the attempt set, an object} */
    String writes();

    /**
     * It returned.
     *
     * @param result what it returned, an object
     * @param writes the context values that it set
     */
    record Succeeded(String result, String writes) implements Outcome {}

    /**
     * It raised.
     *
     * @param error what it raised
     * @param retryable whether another attempt makes sense
     * @param writes the context values that it set
     */
    record Failed(SagaError error, boolean retryable, String writes) implements Outcome {}

    /**
     * It could not begin: the code that it needs is not there any more. Its step waits for a person.
     *
     * @param error what is missing
     */
    record Missing(SagaError error) implements Outcome {
        @Override
        public String writes() {
            return "{}";
        }
    }

    /**
     * A condition answered.
     *
     * @param verdict whether the step runs
     */
    record Verdict(boolean verdict) implements Outcome {
        @Override
        public String writes() {
            return "{}";
        }
    }

    /**
     * It ended because it was told to; nothing is known of its effect.
     *
     * @param writes the context values that it set
     */
    record Ended(String writes) implements Outcome {}
}
