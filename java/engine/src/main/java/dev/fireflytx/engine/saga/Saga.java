package dev.fireflytx.engine.saga;

import dev.fireflytx.core.definition.CompensationOrder;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a saga of a class, whose methods are its steps.
 *
 * <p>A method takes what the step is given, or nothing, and then a {@link StepContext} if it wants one. It returns the step's result: an object
 * in JSON, void, or a {@link java.util.concurrent.CompletionStage} of it. Steps are taken in the order of their ids.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Saga {

    /** {@return its name, unique in an engine, at most 200 printable characters} */
    String value();

    /** {@return how long a run may take before it is cancelled and undone, in milliseconds; 0 for no limit} */
    long timeoutMs() default 0;

    /** {@return the most steps of one run that run at once, compensations too; 0 for no limit} */
    int layerConcurrency() default 0;

    /** {@return in which order completed steps are undone} */
    CompensationOrder compensation() default CompensationOrder.SEQUENTIAL;

    /** {@return what to change when runs that have begun must not go on with the new code; empty for no version} */
    String version() default "";
}
