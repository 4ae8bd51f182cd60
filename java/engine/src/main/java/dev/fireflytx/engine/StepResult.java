package dev.fireflytx.engine;

import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * How one settled step ended.
 *
 * @param step its id
 * @param status how it stands
 * @param result what it returned, a JSON object, if it completed
 * @param attempts how many attempts started
 * @param durationMs from the start of its first attempt until it settled
 * @param error its last error, if it has one
 * @param codec reads the result
 */
public record StepResult(
        String step,
        StepStatus status,
        Optional<String> result,
        int attempts,
        long durationMs,
        Optional<SagaError> error,
        ValueCodec codec) {

    /**
     * A result that is read as JSON's own types.
     *
     * @param step its id
     * @param status how it stands
     * @param result what it returned, a JSON object, if it completed
     * @param attempts how many attempts started
     * @param durationMs from the start of its first attempt until it settled
     * @param error its last error, if it has one
     */
    public StepResult(
            String step, StepStatus status, Optional<String> result, int attempts, long durationMs, Optional<SagaError> error) {
        this(step, status, result, attempts, durationMs, error, PlainCodec.INSTANCE);
    }

    /**
     * Reads what the step returned.
     *
     * @param <T> what to read it as
     * @param type what to read it as
     * @return the result
     * @throws NoSuchElementException if it did not complete
     * @throws ValueRefusedException if it is no such value
     */
    public <T> T result(Class<T> type) {
        String json = result.orElseThrow(() -> new NoSuchElementException("Step '" + step + "' has no result: it is " + status + "."));
        return new Values(codec).object(json, type, "the result of step '" + step + "'");
    }
}
