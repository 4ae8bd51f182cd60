package dev.fireflytx.core.definition;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Where events go, and what goes beside them.
 *
 * @param topic a topic, subject, stream or routing key, whatever the broker calls it
 * @param key a template of what keeps events in order where a broker has partitions, such as {@code {saga}:{correlation_id}}; the empty string
 *     is the saga's id
 * @param headers names and values, for a broker that has headers
 */
public record EventTarget(String topic, String key, Map<String, String> headers) {
    private static final int MAX_NAME_CHARACTERS = 200;
    private static final List<String> OF_STEP = List.of("saga", "step", "correlation_id");
    private static final List<String> OF_SAGA = List.of("saga", "correlation_id");

    /**
     * Checks and copies what it is given.
     *
     * @param topic see above
     * @param key see above
     * @param headers see above
     */
    public EventTarget {
        Objects.requireNonNull(topic, "topic");
        Objects.requireNonNull(key, "key");
        headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }

    /**
     * A topic alone.
     *
     * @param topic where events go
     * @return the target
     */
    public static EventTarget to(String topic) {
        return new EventTarget(topic, "", Map.of());
    }

    /**
     * The key of an event.
     *
     * @param saga the saga's name
     * @param step the step's id; empty for an event of the saga
     * @param correlationId the saga's id
     * @return the template, filled in
     */
    public String keyFor(String saga, String step, String correlationId) {
        if (key.isEmpty()) {
            return correlationId;
        }
        Map<String, String> values = Map.of("saga", saga, "step", step, "correlation_id", correlationId);
        StringBuilder filled = new StringBuilder();
        int at = 0;
        for (int open = key.indexOf('{'); open >= 0; open = key.indexOf('{', at)) {
            int close = key.indexOf('}', open);
            filled.append(key, at, open).append(values.get(key.substring(open + 1, close)));
            at = close + 1;
        }
        return filled.append(key, at, key.length()).toString();
    }

    /** What is wrong with the events of a step. */
    Optional<String> problemOfStep() {
        return keyProblem(OF_STEP).or(this::headerProblem);
    }

    /** What is wrong with the events of a saga, which may not be about a step. */
    Optional<String> problemOfSaga() {
        return keyProblem(OF_SAGA).or(this::headerProblem);
    }

    private Optional<String> keyProblem(List<String> fields) {
        if (!PrintableText.isPrintable(key)) {
            return Optional.of("key holds a control character, such as a line break.");
        }
        int at = 0;
        while (at < key.length()) {
            int close = key.indexOf('}', at);
            int open = key.indexOf('{', at);
            if (open < 0 && close < 0) {
                return Optional.empty();
            }
            if (open < 0 || close < open) {
                return Optional.of("key has a brace that belongs to no field; " + allowed(fields));
            }
            if (!fields.contains(key.substring(open + 1, close))) {
                return Optional.of("key knows no field '" + key.substring(open, close + 1) + "'; " + allowed(fields));
            }
            at = close + 1;
        }
        return Optional.empty();
    }

    private static String allowed(List<String> fields) {
        List<String> words = fields.stream().map(field -> "{" + field + "}").toList();
        int last = words.size() - 1;
        return "it may use " + String.join(", ", words.subList(0, last)) + " and " + words.get(last) + ".";
    }

    private Optional<String> headerProblem() {
        for (Map.Entry<String, String> header : headers.entrySet()) {
            if (!PrintableText.isName(header.getKey(), MAX_NAME_CHARACTERS)) {
                return Optional.of("a header's name must be a string of 1 to 200 printable characters.");
            }
            if (!PrintableText.isPrintable(header.getValue())) {
                return Optional.of("header '" + header.getKey() + "' holds a control character, such as a line break.");
            }
        }
        return Optional.empty();
    }
}
