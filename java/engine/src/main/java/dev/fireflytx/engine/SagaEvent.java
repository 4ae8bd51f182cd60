package dev.fireflytx.engine;

import dev.fireflytx.core.definition.EventTarget;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonStrings;
import dev.fireflytx.core.json.JsonWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a step or a saga publishes.
 *
 * @param eventType such as {@code order.process.completed}
 * @param target where it goes, with its key filled in
 * @param saga the saga's name
 * @param correlationId the saga's id
 * @param fact which of the saga's facts it tells of, from 1; no other event tells of the same one
 * @param step the step's id; empty for an event of the saga that is about none
 * @param attempt the attempt's number; 0 for an event of the saga
 * @param atMs when, in milliseconds since 1970
 * @param contents what was asked for besides
 */
public record SagaEvent(
        String eventType,
        EventTarget target,
        String saga,
        String correlationId,
        long fact,
        String step,
        int attempt,
        long atMs,
        Contents contents) {

    /**
     * What an event carries when asked for.
     *
     * @param durationMs how long it took
     * @param payload what the step was given, or the saga: a JSON object
     * @param result what came of it, a JSON object: the step's result, or those of all steps by their ids
     * @param error why it failed, without a traceback
     * @param context the context's values, a JSON object
     * @param leftOut the names of those that were asked for and had no room beside the others
     * @param redact the names of the fields in these values that nobody may see; whoever shows or publishes them masks these
     */
    public record Contents(OptionalLong durationMs, Optional<String> payload, Optional<String> result, Optional<SagaError> error,
            Optional<String> context, List<String> leftOut, List<String> redact) {
        /** Nothing. */
        public static final Contents NONE = new Contents(
                OptionalLong.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), List.of(), List.of());
    }

    /** {@return the event's id: the same whenever it is told again, and no other event's} */
    public String id() {
        return correlationId + "/" + fact;
    }

    /** {@return where it goes} */
    public String topic() {
        return target.topic();
    }

    /** {@return how long it took, when asked for} */
    public OptionalLong durationMs() {
        return contents.durationMs();
    }

    /** {@return what the step was given, or the saga: a JSON object, when asked for} */
    public Optional<String> payload() {
        return contents.payload();
    }

    /** {@return the event as the journal keeps it and the protocol writes it: a JSON object} */
    public String toJson() {
        JsonWriter out = new JsonWriter()
                .text("event_type", eventType).text("topic", target.topic()).text("saga", saga).text("correlation_id", correlationId)
                .number("fact", fact).textIfAny("step", step);
        if (attempt > 0) {
            out.number("attempt", attempt);
        }
        out.number("at_ms", atMs);
        if (!target.key().equals(correlationId)) {
            out.text("key", target.key());
        }
        if (!target.headers().isEmpty()) {
            Map<String, String> quoted = new LinkedHashMap<>();
            target.headers().forEach((name, value) -> quoted.put(name, JsonStrings.quote(value)));
            out.raw("headers", JsonObject.join(quoted));
        }
        contents.durationMs().ifPresent(durationMs -> out.number("duration_ms", durationMs));
        contents.payload().ifPresent(payload -> out.raw("payload", payload));
        contents.result().ifPresent(result -> out.raw("result", result));
        contents.error().ifPresent(error -> out.raw("error",
                new JsonWriter().text("type", error.type()).text("message", error.message()).build()));
        contents.context().ifPresent(context -> out.raw("context", context));
        return withNames(withNames(out, "left_out", contents.leftOut()), "redact", contents.redact()).build();
    }

    private static JsonWriter withNames(JsonWriter out, String what, List<String> names) {
        return names.isEmpty() ? out : out.texts(what, names);
    }
}
