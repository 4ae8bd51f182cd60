package dev.fireflytx.engine.conformance;

import dev.fireflytx.engine.ParkedSaga;
import dev.fireflytx.engine.SagaError;
import dev.fireflytx.engine.SagaEvent;
import dev.fireflytx.engine.SagaResult;
import dev.fireflytx.engine.StepResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Compares what a run did with what its scenario expects. */
final class Comparison {
    private static final Comparator<Map<String, Object>> BY_CALL = Comparator.comparing(effect -> effect.get("call").toString());

    private final Scenario scenario;
    private final List<String> problems = new ArrayList<>();

    private Comparison(Scenario scenario) {
        this.scenario = scenario;
    }

    /** What differs, each in a sentence with what was expected and what was seen. */
    static List<String> problems(Scenario scenario, ScenarioRun run, List<Map<String, Object>> effects) {
        Comparison comparison = new Comparison(scenario);
        comparison.problems.addAll(run.problems);
        comparison.compareEffects(effects);
        comparison.compare("events", scenario.expect().events(), run.events.stream().map(Comparison::event).toList());
        comparison.compare("parked", scenario.expect().parked(), run.parked.stream().map(Comparison::parked).toList());
        if (run.result() != null) {
            comparison.compareResult(scenario.expect().result(), run.result());
        }
        comparison.checkKeys(effects);
        return comparison.problems;
    }

    private void compareEffects(List<Map<String, Object>> effects) {
        boolean endsCount = scenario.expect().namesEnds();
        List<Map<String, Object>> seen = new ArrayList<>(effects.stream()
                .filter(effect -> endsCount || !effect.get("call").toString().endsWith(" ends")).map(this::withShortKey).toList());
        List<Map<String, Object>> expected = new ArrayList<>();
        for (List<Map<String, Object>> group : scenario.expect().effects()) {
            int from = expected.size();
            expected.addAll(group.stream().sorted(BY_CALL).toList());
            // Within the group the order is open.
            seen.subList(Math.min(from, seen.size()), Math.min(expected.size(), seen.size())).sort(BY_CALL);
        }
        compare("effects", expected, seen);
    }

    private Map<String, Object> withShortKey(Map<String, Object> effect) {
        Map<String, Object> changed = new LinkedHashMap<>(effect);
        changed.computeIfPresent("key", (name, key) -> key.toString().replace(scenario.name(), "{id}"));
        return changed;
    }

    private static Map<String, Object> event(SagaEvent event) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("type", event.eventType());
        shown.put("topic", event.topic());
        shown.put("step", event.step());
        shown.put("attempt", Json.plain(event.attempt()));
        shown.put("payload", event.payload().map(Json::read).orElse(null));
        shown.put("timed", event.durationMs().isPresent());
        return shown;
    }

    private static Map<String, Object> parked(ParkedSaga saga) {
        return Map.of("status", saga.status().name(), "steps", saga.steps());
    }

    private void compareResult(Part expected, SagaResult result) {
        equal("status", expected.value("status"), result.status().name());
        equal("failed_step", expected.value("failed_step", null), result.failedStep().orElse(null));
        equal("compensated_steps", expected.value("compensated_steps"), result.compensatedSteps());
        equal("failed_compensations", expected.value("failed_compensations"), result.failedCompensations());
        equal("in_doubt_steps", expected.value("in_doubt_steps"), result.inDoubtSteps());
        equal("steps", expected.value("steps"), result.steps().stream().map(Comparison::settled).toList());
        error("error", expected.value("error", null), result.error());
        results(expected).forEach((step, value) -> equal("the result of '" + step + "'", value,
                step(result, step).flatMap(StepResult::result).map(Json::read).orElse(null)));
        Expectation.errors(expected).forEach((step, error) ->
                error("the error of '" + step + "'", error, step(result, step).flatMap(StepResult::error)));
    }

    private static Map<String, Object> settled(StepResult step) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("step", step.step());
        shown.put("status", step.status().name());
        shown.put("attempts", Json.plain(step.attempts()));
        return shown;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> results(Part expected) {
        return (Map<String, Object>) expected.value("results");
    }

    private static Optional<StepResult> step(SagaResult result, String id) {
        return result.steps().stream().filter(step -> step.step().equals(id)).findFirst();
    }

    private void error(String what, Object expected, Optional<SagaError> seen) {
        if (!isError(expected, seen)) {
            differ(what, expected, seen.map(error -> error.type() + ": " + error.message()).orElse("none"));
        }
    }

    private static boolean isError(Object expected, Optional<SagaError> seen) {
        if (expected == null || seen.isEmpty()) {
            return expected == null && seen.isEmpty();
        }
        Part error = Part.of("an error", expected, Set.of("type", "message", "says"));
        return error.text("type", seen.get().type()).equals(seen.get().type())
                && error.text("message", seen.get().message()).equals(seen.get().message())
                && error.texts("says").stream().allMatch(text -> seen.get().message().contains(text));
    }

    private void equal(String what, Object expected, Object seen) {
        if (!Objects.equals(expected, seen)) {
            differ(what, expected, seen);
        }
    }

    /** What isn't mentioned doesn't count. */
    private void compare(String what, List<Map<String, Object>> expected, List<Map<String, Object>> seen) {
        boolean same = expected.size() == seen.size()
                && IntStream.range(0, seen.size()).allMatch(i -> isMatch(expected.get(i), seen.get(i)));
        if (!same) {
            differ(what, expected, seen.stream().map(Comparison::withoutEmpty).toList());
        }
    }

    private static Map<String, Object> withoutEmpty(Map<String, Object> seen) {
        Map<String, Object> shown = new LinkedHashMap<>(seen);
        shown.values().removeIf(value -> value == null || value.equals(false) || value.equals(Map.of()));
        return shown;
    }

    private static boolean isMatch(Map<String, Object> expected, Map<String, Object> seen) {
        return expected.entrySet().stream().allMatch(member -> Objects.equals(member.getValue(), seen.get(member.getKey())));
    }

    private void differ(String what, Object expected, Object seen) {
        problems.add(what + ": expected " + expected + ", seen " + seen);
    }

    /** Each step, and each compensation, has one idempotency key on all its attempts, and no other has it. */
    private void checkKeys(List<Map<String, Object>> effects) {
        Map<String, Set<Object>> keys = new TreeMap<>();
        effects.stream().filter(effect -> effect.get("key") != null).forEach(effect -> {
            String call = effect.get("call").toString();
            keys.computeIfAbsent(call.substring(0, call.lastIndexOf(' ')), name -> new HashSet<>()).add(effect.get("key"));
        });
        Set<Object> distinct = new HashSet<>();
        keys.values().forEach(distinct::addAll);
        if (distinct.size() != keys.size() || keys.values().stream().anyMatch(each -> each.size() != 1)) {
            differ("idempotency keys", "one for each step and compensation", keys);
        }
    }
}
