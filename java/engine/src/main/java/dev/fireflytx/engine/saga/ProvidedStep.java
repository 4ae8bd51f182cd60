package dev.fireflytx.engine.saga;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * The code of a step, and maybe of its compensation. Everything else about the step (what it depends on, retries, timeouts) stands in the
 * sagas that name it.
 *
 * @param id the name by which sagas know it
 * @param code what it does
 * @param compensation what undoes it
 */
public record ProvidedStep(String id, StepCode code, Optional<StepCode> compensation) {

    /**
     * Checks what it is given.
     *
     * @param id the name by which sagas know it
     * @param code what it does
     * @param compensation what undoes it
     */
    public ProvidedStep {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(compensation, "compensation");
    }

    /**
     * {@return a step without a compensation}
     *
     * @param <I> what it is given
     * @param id the name by which sagas know it
     * @param takes what to read its input as; {@code String} is the JSON text itself
     * @param action what it does; if it returns a {@link CompletionStage}, the step is done when that is
     */
    public static <I> ProvidedStep of(String id, Class<I> takes, StepFunction<? super I, ?> action) {
        return new ProvidedStep(id, StepCode.of(takes, action), Optional.empty());
    }

    /**
     * {@return the same step with a compensation}
     *
     * @param <R> what to read the step's result as
     * @param result what to read the step's result as
     * @param action undoes it
     */
    public <R> ProvidedStep compensate(Class<R> result, CompensationAction<? super R> action) {
        return new ProvidedStep(id, code, Optional.of(StepCode.undoing(result, action)));
    }

    /**
     * {@return the same step with a compensation that is done when the stage that it returns is}
     *
     * @param <R> what to read the step's result as
     * @param result what to read the step's result as
     * @param action begins to undo it
     */
    public <R> ProvidedStep compensateAsync(
            Class<R> result, StepFunction<? super R, ? extends CompletionStage<?>> action) {
        return new ProvidedStep(id, code, Optional.of(StepCode.of(result, action)));
    }
}
