package dev.fireflytx.core.simulation;

import dev.fireflytx.core.definition.CompensationOrder;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.SagaPlan;
import dev.fireflytx.core.definition.StepDefinition;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What is random about a saga; short to print and easy to shrink.
 *
 * @param steps each may depend on earlier ones
 * @param pivot the pivot's place among them; none if it is out of range
 * @param concurrency the limit of attempts at once; 0 for none
 * @param order of compensation
 * @param timed whether the saga has a timeout
 * @param reversed whether the definition lists the steps from last to first
 */
record SagaShape(
        List<StepShape> steps, int pivot, int concurrency, CompensationOrder order, boolean timed, boolean reversed) {
    private static final long TIMEOUT_MS = 60_000;

    SagaPlan plan() {
        return SagaPlan.of(new SagaDefinition(
                "random",
                definitions(),
                timed ? OptionalLong.of(TIMEOUT_MS) : OptionalLong.empty(),
                concurrency > 0 ? OptionalInt.of(concurrency) : OptionalInt.empty(),
                order));
    }

    private List<StepDefinition> definitions() {
        List<BitSet> dependencies = dependencies();
        List<StepDefinition> definitions = new ArrayList<>();
        for (int step = 0; step < steps.size(); step++) {
            List<String> ids = dependencies.get(step).stream().mapToObj(SagaShape::id).toList();
            definitions.add(steps.get(step).define(id(step), ids, step == pivot));
        }
        if (reversed) {
            Collections.reverse(definitions);
        }
        return definitions;
    }

    private List<BitSet> dependencies() {
        List<BitSet> dependencies = new ArrayList<>();
        for (int step = 0; step < steps.size(); step++) {
            BitSet bits = BitSet.valueOf(new long[] {steps.get(step).dependencyBits() & (1L << step) - 1});
            if (pivot < steps.size()) {
                orderByPivot(step, bits, dependencies);
            }
            dependencies.add(bits);
        }
        return dependencies;
    }

    /** Every other step has to be before or after the pivot: earlier ones come before it, later ones after. */
    private void orderByPivot(int step, BitSet bits, List<BitSet> earlier) {
        if (step == pivot) {
            bits.set(0, step);
        } else if (step > pivot) {
            BitSet ancestors = new BitSet();
            bits.stream().forEach(dependency -> addAncestors(dependency, earlier, ancestors));
            bits.set(pivot, bits.get(pivot) || !ancestors.get(pivot));
        }
    }

    private static void addAncestors(int step, List<BitSet> dependencies, BitSet ancestors) {
        if (!ancestors.get(step)) {
            ancestors.set(step);
            dependencies.get(step).stream().forEach(next -> addAncestors(next, dependencies, ancestors));
        }
    }

    private static String id(int step) {
        return "s" + step;
    }
}
