package dev.fireflytx.engine;

import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * How a saga ended, or why it waits for a person.
 *
 * @param correlationId its id
 * @param saga its name
 * @param status how it stands
 * @param durationMs from its start until it ended or parked
 * @param failedStep the first step that was given up, if that is why it turned back
 * @param error why it turned back or waits, if it did
 * @param compensatedSteps ids of the steps that were undone, in that order
 * @param failedCompensations ids of the steps whose undoing was given up
 * @param inDoubtSteps ids of the steps that were given up with an attempt in doubt
 * @param steps every settled step, in the order in which they settled
 */
public record SagaResult(
        String correlationId,
        String saga,
        SagaStatus status,
        long durationMs,
        Optional<String> failedStep,
        Optional<SagaError> error,
        List<String> compensatedSteps,
        List<String> failedCompensations,
        List<String> inDoubtSteps,
        List<StepResult> steps) {

    /** {@return whether every step completed or was skipped} */
    public boolean isSuccess() {
        return status == SagaStatus.COMPLETED;
    }

    /**
     * {@return how one step ended}
     *
     * @param id the step's id
     * @throws NoSuchElementException if it has not settled, or there is no such step
     */
    public StepResult step(String id) {
        return steps.stream().filter(step -> step.step().equals(id)).findFirst().orElseThrow(() -> new NoSuchElementException(
                "Saga '" + saga + "' " + correlationId + ": no step '" + id + "' has settled. Settled: "
                        + String.join(", ", steps.stream().map(StepResult::step).toList()) + "."));
    }
}
