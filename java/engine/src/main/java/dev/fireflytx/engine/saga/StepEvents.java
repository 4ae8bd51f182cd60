package dev.fireflytx.engine.saga;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says which events a step publishes; belongs beside {@link SagaStep}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface StepEvents {

    /** {@return where they go} */
    String value();

    /** {@return their name; if empty, the one made of the step's id} */
    String eventType() default "";

    /** {@return a template of what keeps them in order where a broker has partitions, over {saga}, {step} and {correlation_id}; if empty, the id} */
    String key() default "";

    /** {@return names and values that go beside them, each as {@code "name: value"}} */
    String[] headers() default {};

    /** {@return whether they tell how long the step took} */
    boolean includeTiming() default false;

    /** {@return whether they carry the step's input} */
    boolean includePayload() default false;

    /** {@return whether they carry what the step returned, or why it failed} */
    boolean includeResult() default false;

    /** {@return whether they carry the context's values} */
    boolean includeContext() default false;

    /** {@return whether there is one when the step starts} */
    boolean onStart() default true;

    /** {@return whether there is one when it succeeds} */
    boolean onSuccess() default true;

    /** {@return whether there is one when it is given up} */
    boolean onFailure() default true;

    /** {@return whether there is one when it will be tried again} */
    boolean onRetry() default false;

    /** {@return whether there is one when it has been undone, or could not be} */
    boolean onCompensation() default false;
}
