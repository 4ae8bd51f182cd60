package dev.fireflytx.engine.saga;

import java.lang.reflect.Type;
import java.util.Objects;

/**
 * What a step, a condition or a compensation is given, and what it does. For whoever runs sagas, not for whoever writes them.
 *
 * @param takes what its value is read as; {@code Void.class} if it takes none
 * @param body what it does
 */
public record StepCode(Type takes, Body body) {

    /** What is done. */
    @FunctionalInterface
    public interface Body {

        /**
         * Does the work of one attempt.
         *
         * @param instance the run's own, if the saga is a class
         * @param value what the code takes
         * @param context the attempt's view of its run
         * @return its result, or a {@link java.util.concurrent.CompletionStage} that brings it
         * @throws Exception if the attempt failed
         */
        Object call(Object instance, Object value, StepContext context) throws Exception;
    }

    /**
     * Checks what it is given.
     *
     * @param takes what its value is read as
     * @param body what it does
     */
    public StepCode {
        Objects.requireNonNull(takes, "takes");
        Objects.requireNonNull(body, "body");
    }

    /** A lambda as code; the type says what it takes. */
    @SuppressWarnings("unchecked")
    static <I> StepCode of(Class<I> takes, StepFunction<? super I, ?> function) {
        Objects.requireNonNull(function, "function");
        return new StepCode(takes, (instance, value, context) -> function.run((I) value, context));
    }

    /** A lambda that undoes a step, as code. */
    static <R> StepCode undoing(Class<R> takes, CompensationAction<? super R> action) {
        Objects.requireNonNull(action, "action");
        return of(takes, (result, context) -> {
            action.undo(result, context);
            return null;
        });
    }
}
