package dev.fireflytx.engine.saga;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a method the one that undoes a step.
 *
 * <p>It takes the step's result, which is null if nobody knows whether the step took effect ({@link StepContext#isInDoubt}).
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface CompensationStep {

    /** {@return the id of the step that it undoes} */
    String value();

    /** {@return how many attempts there are in all; 1 never retries} */
    int retry() default 3;

    /** {@return how long one attempt may take} */
    long timeoutMs() default 30_000;

    /** {@return the pause before the second attempt, at most; doubled each time, up to 30 s, and random below} */
    long backoffMs() default 100;
}
