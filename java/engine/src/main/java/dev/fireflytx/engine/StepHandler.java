package dev.fireflytx.engine;

/** A step or a compensation, as Java code. */
@FunctionalInterface
public interface StepHandler {

    /**
     * Does the work of one attempt.
     *
     * @param call what it is given
     * @return the result, a JSON object as text; null is {@code {}}
     * @throws Exception if the attempt failed; it is retried, as its policy says, unless that is a {@link NonRetryableException}
     */
    String handle(StepCall call) throws Exception;
}
