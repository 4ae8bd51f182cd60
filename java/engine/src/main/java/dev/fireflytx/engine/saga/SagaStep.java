package dev.fireflytx.engine.saga;

import dev.fireflytx.core.definition.InDoubtPolicy;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a step of a method of a {@link Saga}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface SagaStep {

    /** {@return its id, unique in its saga, at most 200 printable characters} */
    String value();

    /** {@return the steps that must have settled first; their results are added to this one's input, the last in the list winning} */
    String[] dependsOn() default {};

    /** {@return how many attempts there are in all; 1 never retries} */
    int retry() default 3;

    /** {@return how long one attempt may take} */
    long timeoutMs() default 30_000;

    /** {@return the pause before the second attempt, at most; doubled each time, up to 30 s, and random below} */
    long backoffMs() default 100;

    /** {@return whether the saga only goes forward once it has succeeded} */
    boolean pivot() default false;

    /** {@return what to do when it is given up and nobody knows whether it took effect} */
    InDoubtPolicy inDoubt() default InDoubtPolicy.COMPENSATE;
}
