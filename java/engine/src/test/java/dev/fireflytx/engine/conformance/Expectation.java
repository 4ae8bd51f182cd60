package dev.fireflytx.engine.conformance;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a scenario expects, with every default filled in.
 *
 * @param refused what the refusal of its definition says; empty if it is none
 * @param effects groups of calls, in order; within a group any order will do
 * @param events what listeners are told of steps
 * @param parked what listeners are told of sagas that need a person
 * @param result the saga's result; null if its definition is refused
 */
record Expectation(
        List<String> refused, List<List<Map<String, Object>>> effects, List<Map<String, Object>> events, List<Map<String, Object>> parked,
        Part result) {
    private static final Pattern EFFECT = Pattern.compile("(?:(?:undo )?\\S+ [1-9]\\d*|if \\S+)(?: is stopped| ends)?");
    private static final Pattern STEP = Pattern.compile("(?<step>\\S+) (?<status>[A-Z_]+)(?: in (?<attempts>\\d+) attempts)?");

    static Expectation of(Object value) {
        Part expect = Part.of("expect", value, Set.of("refused", "effects", "events", "parked", "result"));
        if (expect.has("refused")) {
            Part.of("expect", value, Set.of("refused"));
            return new Expectation(expect.texts("refused"), List.of(), List.of(), List.of(), null);
        }
        return new Expectation(
                List.of(),
                ((List<?>) expect.value("effects")).stream().map(Expectation::group).toList(),
                expect.list("events").stream().map(Expectation::event).toList(),
                expect.list("parked").stream().map(each -> Part.of("a notice of a parked saga", each, Set.of("status", "steps")).members()).toList(),
                result(expect.value("result")));
    }

    boolean isRefusal() {
        return !refused.isEmpty();
    }

    /** Whether the ends of calls count: they do where a scenario names one. */
    boolean namesEnds() {
        return effects.stream().flatMap(List::stream).anyMatch(effect -> effect.get("call").toString().endsWith(" ends"));
    }

    private static List<Map<String, Object>> group(Object value) {
        if (value instanceof Map<?, ?> members && members.containsKey("any_order")) {
            return Part.of("a group of effects", value, Set.of("any_order")).list("any_order").stream().map(Expectation::effect).toList();
        }
        return List.of(effect(value));
    }

    private static Map<String, Object> effect(Object value) {
        Object whole = value instanceof String ? Map.of("call", value) : value;
        Part effect = Part.of("an effect", whole, Set.of("call", "saw", "got", "results", "in_doubt", "key"));
        if (!EFFECT.matcher(effect.text("call")).matches()) {
            throw new ScenarioException("'" + effect.text("call") + "' is no effect");
        }
        return effect.or(Map.of("in_doubt", false)).members();
    }

    private static Map<String, Object> event(Object value) {
        Object whole = value instanceof String ? Map.of("type", value) : value;
        return Part.of("an event", whole, Set.of("type", "topic", "step", "attempt", "payload", "timed")).members();
    }

    private static Part result(Object value) {
        Part result = Part.of("the result", value, Set.of("status", "failed_step", "error", "compensated_steps", "failed_compensations",
                "in_doubt_steps", "steps", "results", "errors"));
        Map<String, Object> settled = new LinkedHashMap<>(result.members());
        settled.put("steps", result.texts("steps").stream().map(Expectation::settled).toList());
        Part full = new Part("the result", settled).or(Map.of("compensated_steps", List.of(), "failed_compensations", List.of(),
                "in_doubt_steps", List.of(), "results", Map.of(), "errors", Map.of()));
        Stream.concat(Stream.of(full.members()).map(members -> members.get("error")), errors(full).values().stream())
                .filter(error -> error != null).forEach(error -> Part.of("an error", error, Set.of("type", "message", "says")));
        return full;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> errors(Part result) {
        return (Map<String, Object>) result.value("errors");
    }

    private static Map<String, Object> settled(String text) {
        Matcher found = STEP.matcher(text);
        if (!found.matches()) {
            throw new ScenarioException("'" + text + "' is not how a step settles, such as 'charge FAILED in 3 attempts'");
        }
        String standard = found.group("status").equals("SKIPPED") ? "0" : "1";
        String attempts = found.group("attempts") == null ? standard : found.group("attempts");
        Map<String, Object> step = new LinkedHashMap<>();
        step.put("step", found.group("step"));
        step.put("status", found.group("status"));
        step.put("attempts", Json.plain(Integer.valueOf(attempts)));
        return step;
    }
}
