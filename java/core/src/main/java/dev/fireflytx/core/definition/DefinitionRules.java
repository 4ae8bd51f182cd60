package dev.fireflytx.core.definition;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a definition must hold to, in the order in which problems are reported.
 *
 * <p>The Python SDK checks the same rules in the same words, before any JVM exists; {@code protocol/vectors/definitions.json} holds
 * both to it.
 */
public final class DefinitionRules {
    private static final int MAX_NAME_CHARACTERS = 200;
    private static final int MAX_VERSION_CHARACTERS = 64;

    private final SagaDefinition saga;
    private final Map<String, Integer> indexes = new HashMap<>();

    private DefinitionRules(SagaDefinition saga) {
        this.saga = saga;
    }

    /**
     * Finds the first rule that a definition breaks.
     *
     * @param saga the definition
     * @return a sentence for people, or nothing if it can be run
     */
    public static Optional<String> problem(SagaDefinition saga) {
        return new DefinitionRules(saga).firstProblem();
    }

    private Optional<String> firstProblem() {
        return sagaProblem()
                .or(this::stepProblem)
                .or(this::duplicateProblem)
                .or(this::dependencyProblem)
                .map(problem -> problem.startsWith("A saga's") ? problem : inSaga(problem))
                .or(() -> graphProblem().map(this::inSaga));
    }

    private String inSaga(String problem) {
        return "Saga '" + saga.name() + "': " + problem;
    }

    private Optional<String> sagaProblem() {
        if (!PrintableText.isName(saga.name(), MAX_NAME_CHARACTERS)) {
            return Optional.of("A saga's name must be a string of 1 to 200 printable characters.");
        }
        if (saga.version().filter(version -> !PrintableText.isName(version, MAX_VERSION_CHARACTERS)).isPresent()) {
            return Optional.of("version must be 1 to 64 printable characters.");
        }
        if (saga.timeoutMs().isPresent() && saga.timeoutMs().getAsLong() < 1) {
            return atLeast("timeout_ms", 1, saga.timeoutMs().getAsLong());
        }
        if (saga.layerConcurrency().isPresent() && saga.layerConcurrency().getAsInt() < 1) {
            return atLeast("layer_concurrency", 1, saga.layerConcurrency().getAsInt());
        }
        return saga.events().flatMap(events -> events.target().problemOfSaga()).map(problem -> "events: " + problem);
    }

    private Optional<String> stepProblem() {
        return saga.steps().stream().map(DefinitionRules::problemOf).flatMap(Optional::stream).findFirst();
    }

    private static Optional<String> problemOf(StepDefinition step) {
        if (!PrintableText.isName(step.id(), MAX_NAME_CHARACTERS)) {
            return Optional.of("a step's id must be a string of 1 to 200 printable characters.");
        }
        return problemOf(step.policy())
                .map(problem -> "step '" + step.id() + "': " + problem)
                .or(() -> step.compensation()
                        .flatMap(compensation -> problemOf(compensation.policy()))
                        .map(problem -> "compensation of step '" + step.id() + "': " + problem))
                .or(() -> step.events()
                        .flatMap(events -> events.target().problemOfStep())
                        .map(problem -> "events of step '" + step.id() + "': " + problem));
    }

    private static Optional<String> problemOf(RetryPolicy policy) {
        if (policy.maxAttempts() < 1) {
            return atLeast("retry", 1, policy.maxAttempts());
        }
        if (policy.timeoutMs() < 1) {
            return atLeast("timeout_ms", 1, policy.timeoutMs());
        }
        return policy.backoffMs() < 0 ? atLeast("backoff_ms", 0, policy.backoffMs()) : Optional.empty();
    }

    private Optional<String> duplicateProblem() {
        for (StepDefinition step : saga.steps()) {
            if (indexes.putIfAbsent(step.id(), indexes.size()) != null) {
                return Optional.of("step '" + step.id() + "' is defined twice.");
            }
        }
        return Optional.empty();
    }

    private Optional<String> dependencyProblem() {
        for (StepDefinition step : saga.steps()) {
            Set<String> seen = new HashSet<>();
            for (String dependency : step.dependsOn()) {
                if (!indexes.containsKey(dependency)) {
                    return Optional.of(unknownDependency(step.id(), dependency));
                }
                if (!seen.add(dependency)) {
                    return Optional.of("step '" + step.id() + "' lists its dependency '" + dependency + "' twice.");
                }
            }
        }
        return Optional.empty();
    }

    private String unknownDependency(String step, String dependency) {
        List<String> ids = saga.steps().stream().map(StepDefinition::id).toList();
        List<String> others = ids.stream().filter(id -> !id.equals(step)).toList();
        String nearest = NearestName.to(dependency, others.isEmpty() ? ids : others);
        return "step '" + step + "' depends on '" + dependency + "', which is not defined. Did you mean '" + nearest
                + "'? Steps: " + String.join(", ", ids) + ".";
    }

    private Optional<String> graphProblem() {
        int[][] dependsOn = SagaPlan.dependencies(saga, indexes);
        List<Integer> circle = CycleSearch.find(dependsOn);
        if (!circle.isEmpty()) {
            return Optional.of("the steps depend on each other in a circle: "
                    + circle.stream().map(this::id).collect(Collectors.joining(" -> ")) + ".");
        }
        return pivotProblem(dependsOn);
    }

    private Optional<String> pivotProblem(int[][] dependsOn) {
        List<StepDefinition> pivots = saga.steps().stream().filter(StepDefinition::pivot).toList();
        if (pivots.size() > 1) {
            return Optional.of("steps '" + pivots.get(0).id() + "' and '" + pivots.get(1).id()
                    + "' are both pivots; a saga has at most one.");
        }
        return pivots.stream().map(pivot -> besidePivot(pivot.id(), dependsOn)).flatMap(Optional::stream).findFirst();
    }

    private Optional<String> besidePivot(String pivot, int[][] dependsOn) {
        boolean[] ordered = reachable(indexes.get(pivot), dependsOn);
        boolean[] after = reachable(indexes.get(pivot), SagaPlan.reversed(dependsOn));
        for (int step = 0; step < ordered.length; step++) {
            if (!ordered[step] && !after[step]) {
                return Optional.of("step '" + id(step) + "' is neither before nor after the pivot '" + pivot
                        + "'; every other step must be one or the other.");
            }
        }
        return Optional.empty();
    }

    private static boolean[] reachable(int from, int[][] edges) {
        boolean[] seen = new boolean[edges.length];
        Deque<Integer> open = new ArrayDeque<>(List.of(from));
        seen[from] = true;
        while (!open.isEmpty()) {
            Arrays.stream(edges[open.poll()]).filter(next -> !seen[next]).forEach(next -> {
                seen[next] = true;
                open.add(next);
            });
        }
        return seen;
    }

    private String id(int step) {
        return saga.steps().get(step).id();
    }

    private static Optional<String> atLeast(String field, long least, long found) {
        return Optional.of(field + " must be at least " + least + ", got " + found + ".");
    }
}
