package dev.fireflytx.engine;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.machine.StepPhase;
import java.util.List;
import java.util.Optional;

/**
 * One saga as it stands, whether it runs, waits or has ended: what it is, and the values that it has.
 *
 * @param header what a listing tells of it
 * @param version grows with everything that happens to it
 * @param definition its graph and policies, as it began with them
 * @param input its input, a JSON object
 * @param context what its attempts set in the context, a JSON object
 * @param deadlineMs when its time is up, by the clock of its facts; 0 for never
 * @param failedStep the step that turned it back, if one did
 * @param error why it turned back, or waits for a person, if it does
 * @param steps every step, in the order of the definition
 */
public record SagaInspection(Store.Header header, long version, SagaDefinition definition, String input, String context, long deadlineMs,
        Optional<String> failedStep, Optional<SagaError> error, List<Step> steps) {

    /**
     * One step as it stands.
     *
     * @param step its id
     * @param phase where it stands; one whose attempt does not end is parked, and one whose undoing a person has skipped stands as before
     * @param result what it returned, a JSON object, if it has succeeded
     * @param attempts how many attempts started
     * @param undoAttempts how many attempts to undo it started
     * @param durationMs from the start of its first attempt until it settled; 0 if it has not
     * @param dueMs when its next attempt is due, by the clock of its facts; 0 if it waits for none
     * @param inDoubt whether nobody knows if it had an effect
     * @param error its last error, if it has one
     */
    public record Step(String step, StepPhase phase, Optional<String> result, int attempts, int undoAttempts, long durationMs, long dueMs,
            boolean inDoubt, Optional<SagaError> error) {}
}
