package dev.fireflytx.engine.saga;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a method the condition of a step: it takes what the step would be given, is asked once, and if it returns false the step is skipped.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface StepCondition {

    /** {@return the id of the step} */
    String value();
}
