package dev.fireflytx.engine;

import java.util.List;

/**
 * A saga that needs a person.
 *
 * @param correlationId its id
 * @param saga its name
 * @param status {@code PARKED} or {@code COMPENSATION_FAILED}
 * @param steps ids of the steps that it waits for
 */
public record ParkedSaga(String correlationId, String saga, SagaStatus status, List<String> steps) {}
