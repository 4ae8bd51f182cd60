package dev.fireflytx.engine.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One file of {@code tests/conformance/scenarios}, checked: the format is that of the README beside it.
 *
 * @param name the file's name, without its ending
 * @param whole its top level
 * @param definition the saga
 * @param steps the saga's steps
 * @param script what each call does, attempt by attempt
 * @param actions what is done from outside, one after the other
 * @param expect what is expected
 */
record Scenario(
        String name, Part whole, Part definition, List<Part> steps, Map<String, List<Part>> script, List<Part> actions, Expectation expect) {
    static final String OTHER_SAGA = "other";
    static final String RESULT = "result";

    private static final String CALL = "(?:(?:undo )?\\S+ [1-9]\\d*|if \\S+)";
    private static final Pattern MOMENT = Pattern.compile("(?<call>" + CALL + ") (?<what>begins|is stopped|ends)");
    private static final Set<String> POLICY = Set.of("retry", "timeout_ms", "backoff_ms");
    private static final Set<String> EVENTS = Set.of("topic", "event_type", "include_timing", "include_payload", "publish_on_start",
            "publish_on_success", "publish_on_failure", "publish_on_retry");
    private static final Set<String> OUTCOME = Set.of(
            "set", "get", "result_of", "after", "ignores_stop", "returns", "returns_input", "raises", "hangs");
    private static final Set<String> DECISION = Set.of("step", "reason");
    private static final Map<String, Set<String>> ARGUMENTS = Map.ofEntries(
            Map.entry("open", Set.of("gate")), Map.entry("cancel", Set.of("reason")), Map.entry("retry_step", DECISION),
            Map.entry("complete_step", with(DECISION, "result")), Map.entry("fail_step", DECISION),
            Map.entry("retry_compensation", Set.of("reason")), Map.entry("mark_compensated", DECISION),
            Map.entry("skip_compensation", DECISION), Map.entry("start", Set.of("input", "saga")), Map.entry("status", Set.of()),
            Map.entry("list", Set.of("status")), Map.entry("restart", Set.of()));

    static List<Scenario> all() {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("fireflytx.scenarios")))) {
            return files.filter(file -> file.toString().endsWith(".json")).sorted().map(Scenario::read).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Scenario read(Path file) {
        try {
            return read(file.getFileName().toString().replace(".json", ""), Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ScenarioException e) {
            throw new ScenarioException(file.getFileName() + ": " + e.getMessage());
        }
    }

    static Scenario read(String name, String text) {
        Part whole = Part.of("the scenario", Json.read(text),
                Set.of("shows", "source", "definition", "expect", "engine", "input", "timeout_ms", "script", "actions"));
        Part definition = Part.of("the definition", whole.value("definition"),
                Set.of("name", "steps", "timeout_ms", "layer_concurrency", "compensation", "version"));
        List<Part> steps = definition.list("steps").stream().map(Scenario::step).toList();
        List<Part> actions = whole.list("actions").stream().map(Scenario::action).toList();
        Map<String, Boolean> calls = calls(steps);
        Scenario scenario = new Scenario(
                name, whole, definition, steps, script(whole, calls.keySet()), actions, Expectation.of(whole.value("expect")));
        scenario.checkMoments(calls);
        return scenario;
    }

    private static Part step(Object value) {
        Set<String> options = new HashSet<>(POLICY);
        options.addAll(Set.of("id", "depends_on", "condition", "pivot", "in_doubt", "events", "compensation", "plain"));
        Part step = Part.of("a step", value, options);
        events(step);
        compensations(step);
        return step;
    }

    static Part events(Part step) {
        return Part.of("the events of '" + step.text("id") + "'", step.value("events", Map.of()), EVENTS);
    }

    /** A step's compensations: one, none, or, where that is to be refused, several. */
    static List<Part> compensations(Part step) {
        Object given = step.value("compensation", List.of());
        List<?> all = given instanceof List<?> several ? several : List.of(given);
        return all.stream().map(each -> Part.of("the compensation of '" + step.text("id") + "'", each, with(POLICY, "plain"))).toList();
    }

    private static Map<String, List<Part>> script(Part whole, Set<String> calls) {
        Part given = Part.of("the script", whole.value("script", Map.of()), calls);
        Map<String, List<Part>> script = new LinkedHashMap<>();
        for (String name : given.members().keySet()) {
            script.put(name, given.list(name).stream().map(each -> outcome(name, each)).toList());
        }
        return script;
    }

    private static Part outcome(String name, Object value) {
        Part outcome = Part.of("an outcome of '" + name + "'", value, OUTCOME);
        Part.of("what '" + name + "' raises", outcome.value("raises", Map.of()), Set.of("type", "message"));
        return outcome;
    }

    /** The names that calls have, and whether they block a thread. */
    private static Map<String, Boolean> calls(List<Part> steps) {
        Map<String, Boolean> calls = new HashMap<>();
        for (Part step : steps) {
            String id = step.text("id");
            calls.put(id, step.flag("plain", false));
            if (step.flag("condition", false)) {
                calls.put("if " + id, false);
            }
            compensations(step).forEach(compensation -> calls.put("undo " + id, compensation.flag("plain", false)));
        }
        return calls;
    }

    private static Part action(Object value) {
        String name = String.valueOf(((Map<?, ?>) value).get("do"));
        if (!ARGUMENTS.containsKey(name)) {
            throw new ScenarioException("'" + name + "' is no action");
        }
        Part action = Part.of("the action '" + name + "'", value, with(ARGUMENTS.get(name), "do", "when", "gives", "refused"));
        Part.of("a refusal", action.value("refused", Map.of()), Set.of("code", "says"));
        return action;
    }

    private void checkMoments(Map<String, Boolean> calls) {
        Set<String> gates = actions.stream().flatMap(action -> action.maybeText("gate").stream()).collect(Collectors.toSet());
        Stream<String> whens = actions.stream().flatMap(action -> action.maybeText("when").stream()).filter(when -> !when.equals(RESULT));
        Stream<String> afters = script.values().stream().flatMap(List::stream).flatMap(outcome -> outcome.maybeText("after").stream())
                .filter(after -> !gates.contains(after));
        Stream.concat(whens, afters).forEach(moment -> checkMoment(moment, calls));
    }

    private static void checkMoment(String moment, Map<String, Boolean> calls) {
        Matcher found = MOMENT.matcher(moment);
        String name = found.matches() ? found.group("call").replaceFirst(" \\d+$", "") : "";
        if (!calls.containsKey(name)) {
            throw new ScenarioException("'" + moment + "' is no moment of this saga, and no gate that an action opens");
        }
        if (found.group("what").equals("ends") && calls.get(name)) {
            throw new ScenarioException("'" + moment + "' can't be waited for: a plain call has ended before its attempt is reported");
        }
    }

    /** The stores that it runs on: what is to survive a restart needs a journal. */
    List<String> stores() {
        boolean restarts = actions.stream().anyMatch(action -> action.text("do").equals("restart"));
        return restarts ? List.of("sqlite") : List.of("memory", "sqlite");
    }

    Part engine() {
        return Part.of("engine", whole.value("engine", Map.of()), Set.of("settle_ms", "value_limit_bytes"));
    }

    static Set<String> with(Set<String> some, String... more) {
        Set<String> all = new HashSet<>(some);
        all.addAll(List.of(more));
        return all;
    }
}
