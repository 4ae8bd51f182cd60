package dev.fireflytx.engine.saga;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says which events a saga publishes about itself; belongs beside {@link Saga}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface SagaEvents {

    /** {@return where they go} */
    String value();

    /** {@return a template of what keeps them in order where a broker has partitions, over {saga} and {correlation_id}; if empty, the id} */
    String key() default "";

    /** {@return names and values that go beside them, each as {@code "name: value"}} */
    String[] headers() default {};

    /** {@return whether they tell how long the saga has taken} */
    boolean includeTiming() default false;

    /** {@return whether they carry the saga's input} */
    boolean includePayload() default false;

    /** {@return whether they carry the steps' results, or why the saga failed} */
    boolean includeResult() default false;

    /** {@return whether they carry the context's values} */
    boolean includeContext() default false;

    /** {@return whether there is one when the saga starts} */
    boolean onStart() default true;

    /** {@return whether there is one when it completes} */
    boolean onSuccess() default true;

    /** {@return whether there is one when it turns back} */
    boolean onFailure() default true;

    /** {@return whether there are some when undoing begins and ends} */
    boolean onCompensation() default true;

    /** {@return whether there is one when it waits for a person} */
    boolean onParked() default true;
}
