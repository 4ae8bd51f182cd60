package dev.fireflytx.engine.saga;

/**
 * A step's code.
 *
 * @param <I> what it is given
 * @param <O> what it returns
 */
@FunctionalInterface
public interface StepFunction<I, O> {

    /**
     * Does the work of one attempt.
     *
     * @param input the saga's input, overlaid with the results of the steps that this one depends on
     * @param context the attempt's view of its run
     * @return the result, which JSON must be able to carry as an object; null is an empty one
     * @throws Exception if the attempt failed; it is retried, as the step says, unless it is a
     *     {@link dev.fireflytx.engine.NonRetryableException}
     */
    O run(I input, StepContext context) throws Exception;
}
