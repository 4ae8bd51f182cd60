package dev.fireflytx.core.definition;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A valid definition with its graph worked out; steps are known by their index. Immutable and shared by all runs. */
public final class SagaPlan {
    private final SagaDefinition definition;
    private final Map<String, Integer> indexes;
    private final int[][] dependsOn;
    private final int[][] dependents;
    private final int[] topological;
    private final int pivot;

    private SagaPlan(SagaDefinition definition) {
        this.definition = definition;
        this.indexes = indexesOf(definition);
        this.dependsOn = dependencies(definition, indexes);
        this.dependents = reversed(dependsOn);
        this.topological = topologicalOrder(dependsOn, dependents);
        this.pivot = pivotOf(definition.steps());
    }

    /**
     * Checks a definition and works out its graph.
     *
     * @param definition what to run
     * @return the plan
     * @throws InvalidDefinitionException if it breaks a rule
     */
    public static SagaPlan of(SagaDefinition definition) {
        Optional<String> problem = DefinitionRules.problem(definition);
        if (problem.isPresent()) {
            throw new InvalidDefinitionException(problem.get());
        }
        return new SagaPlan(definition);
    }

    /** {@return the definition that this plan came from} */
    public SagaDefinition definition() {
        return definition;
    }

    /** {@return how many steps there are} */
    public int size() {
        return dependsOn.length;
    }

    /**
     * {@return its definition}
     *
     * @param step an index
     */
    public StepDefinition step(int step) {
        return definition.steps().get(step);
    }

    /**
     * {@return its index, or -1}
     *
     * @param id a step's id
     */
    public int indexOf(String id) {
        return indexes.getOrDefault(id, -1);
    }

    /** {@return the pivot's index, or -1} */
    public int pivot() {
        return pivot;
    }

    /**
     * {@return the steps that it depends on directly; not to be changed}
     *
     * @param step an index
     */
    public int[] dependsOn(int step) {
        return dependsOn[step];
    }

    /**
     * {@return the steps that depend on it directly; not to be changed}
     *
     * @param step an index
     */
    public int[] dependents(int step) {
        return dependents[step];
    }

    /** {@return all steps, each after those that it depends on; not to be changed} */
    public int[] topological() {
        return topological;
    }

    /**
     * The steps whose results a step can see, nearest first: breadth-first over {@code depends_on}, each list from last to first.
     *
     * @param step an index
     * @return indexes of all its direct and indirect dependencies
     */
    public int[] visibleFrom(int step) {
        int[] order = new int[dependsOn.length];
        BitSet seen = new BitSet(dependsOn.length);
        int found = visit(step, order, 0, seen);
        for (int next = 0; next < found; next++) {
            found = visit(order[next], order, found, seen);
        }
        return Arrays.copyOf(order, found);
    }

    private int visit(int step, int[] order, int found, BitSet seen) {
        int[] list = dependsOn[step];
        int count = found;
        for (int i = list.length - 1; i >= 0; i--) {
            if (!seen.get(list[i])) {
                seen.set(list[i]);
                order[count++] = list[i];
            }
        }
        return count;
    }

    static int[][] dependencies(SagaDefinition definition, Map<String, Integer> indexes) {
        return definition.steps().stream()
                .map(step -> step.dependsOn().stream().mapToInt(indexes::get).toArray())
                .toArray(int[][]::new);
    }

    static int[][] reversed(int[][] edges) {
        int[] sizes = new int[edges.length];
        for (int[] targets : edges) {
            for (int target : targets) {
                sizes[target]++;
            }
        }
        int[][] reversed = Arrays.stream(sizes).mapToObj(int[]::new).toArray(int[][]::new);
        for (int source = edges.length - 1; source >= 0; source--) {
            for (int target : edges[source]) {
                reversed[target][--sizes[target]] = source;
            }
        }
        return reversed;
    }

    private static Map<String, Integer> indexesOf(SagaDefinition definition) {
        Map<String, Integer> indexes = new HashMap<>();
        definition.steps().forEach(step -> indexes.put(step.id(), indexes.size()));
        return indexes;
    }

    private static int[] topologicalOrder(int[][] dependsOn, int[][] dependents) {
        int[] missing = Arrays.stream(dependsOn).mapToInt(list -> list.length).toArray();
        Deque<Integer> free = new ArrayDeque<>();
        for (int step = 0; step < missing.length; step++) {
            if (missing[step] == 0) {
                free.add(step);
            }
        }
        int[] order = new int[missing.length];
        for (int placed = 0; placed < order.length; placed++) {
            order[placed] = free.remove();
            for (int dependent : dependents[order[placed]]) {
                if (--missing[dependent] == 0) {
                    free.add(dependent);
                }
            }
        }
        return order;
    }

    private static int pivotOf(List<StepDefinition> steps) {
        for (int step = 0; step < steps.size(); step++) {
            if (steps.get(step).pivot()) {
                return step;
            }
        }
        return -1;
    }
}
