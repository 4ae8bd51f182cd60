package dev.fireflytx.engine.saga;

/**
 * The code that undoes a step.
 *
 * @param <R> the step's result
 */
@FunctionalInterface
public interface CompensationAction<R> {

    /**
     * Undoes a step.
     *
     * @param result what the step returned; null if nobody knows whether it took effect ({@link StepContext#isInDoubt})
     * @param context the attempt's view of its run
     * @throws Exception if the attempt failed; it is retried, as its policy says
     */
    void undo(R result, StepContext context) throws Exception;
}
