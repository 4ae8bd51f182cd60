package dev.fireflytx.engine;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a step publishes.
 *
 * @param eventType such as {@code order.process.completed}
 * @param topic where it goes
 * @param saga the saga's name
 * @param correlationId the saga's id
 * @param step the step's id
 * @param attempt the attempt's number
 * @param atMs when, in milliseconds since 1970
 * @param durationMs since the step's first attempt started, when asked for
 * @param payload the step's input, a JSON object, when asked for
 */
public record SagaEvent(
        String eventType,
        String topic,
        String saga,
        String correlationId,
        String step,
        int attempt,
        long atMs,
        OptionalLong durationMs,
        Optional<String> payload) {}
