package dev.fireflytx.engine;

/** A step's condition, as Java code. */
@FunctionalInterface
public interface StepCondition {

    /**
     * Decides whether a step runs.
     *
     * @param call what it is given
     * @return false to skip the step
     * @throws Exception if it can't tell; the step fails without a retry
     */
    boolean test(StepCall call) throws Exception;
}
