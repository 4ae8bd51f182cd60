package dev.fireflytx.engine;

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
 */
public record StepResult(
        String step,
        StepStatus status,
        Optional<String> result,
        int attempts,
        long durationMs,
        Optional<SagaError> error) {}
