package dev.fireflytx.engine;

import java.util.Optional;

/**
 * A saga that has ended, or that waits for a person.
 *
 * @param correlationId its id
 * @param saga its name
 * @param status how it stands
 * @param sinceMs when it began; if it had stopped before, when it went on after that
 * @param atMs when it stopped
 * @param failedStep the step that it failed at, if it was one
 * @param error why it did not complete
 * @param trace the headers of the trace that it belongs to, a JSON object
 */
public record StoppedSaga(String correlationId, String saga, SagaStatus status, long sinceMs, long atMs, Optional<String> failedStep,
        Optional<SagaError> error, String trace) {}
