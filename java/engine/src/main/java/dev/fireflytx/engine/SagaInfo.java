package dev.fireflytx.engine;

/**
 * What a listing tells of a saga.
 *
 * @param correlationId its id
 * @param saga its name
 * @param status how it stands
 */
public record SagaInfo(String correlationId, String saga, SagaStatus status) {}
