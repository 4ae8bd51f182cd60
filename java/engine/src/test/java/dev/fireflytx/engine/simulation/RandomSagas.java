package dev.fireflytx.engine.simulation;

import dev.fireflytx.core.definition.CompensationDefinition;
import dev.fireflytx.core.definition.CompensationOrder;
import dev.fireflytx.core.definition.InDoubtPolicy;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.definition.StepKind;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Random definitions. */
final class RandomSagas {
    private static final StepKind[] KINDS = {StepKind.COROUTINE, StepKind.THREAD};

    private static final int MAX_STEPS = 6;
    static final long STEP_TIMEOUT_MS = 1_000;
    private static final long BACKOFF_MS = 100;
    private static final int SAGA_TIMEOUT_MS = 4_000;

    private final Dice dice;

    RandomSagas(Dice dice) {
        this.dice = dice;
    }

    SagaDefinition saga(String name) {
        int size = dice.between(1, MAX_STEPS);
        int pivot = dice.chance(20) ? dice.between(0, size - 1) : -1;
        List<StepDefinition> steps = new ArrayList<>();
        for (int step = 0; step < size; step++) {
            steps.add(step(step, pivot));
        }
        return new SagaDefinition(name, steps,
                dice.chance(20) ? OptionalLong.of(dice.between(1, SAGA_TIMEOUT_MS)) : OptionalLong.empty(),
                dice.chance(30) ? OptionalInt.of(dice.between(1, 3)) : OptionalInt.empty(),
                dice.oneOf(CompensationOrder.values()));
    }

    private StepDefinition step(int step, int pivot) {
        StepDefinition.Builder builder = StepDefinition.step("s" + step)
                .dependsOn(dependencies(step, pivot))
                .pivot(step == pivot)
                .kind(dice.oneOf(KINDS))
                .takesContext(dice.chance(50))
                .conditional(step != pivot && dice.chance(15))
                .policy(policy())
                .inDoubt(dice.oneOf(InDoubtPolicy.COMPENSATE, InDoubtPolicy.COMPENSATE, InDoubtPolicy.FAIL, InDoubtPolicy.PARK));
        if (dice.chance(80)) {
            builder.compensation(new CompensationDefinition(dice.oneOf(KINDS), dice.chance(50), policy()));
        }
        return builder.build();
    }

    /** Every other step has to be before or after the pivot: earlier ones come before it, later ones after. */
    private List<String> dependencies(int step, int pivot) {
        List<String> dependencies = new ArrayList<>();
        for (int earlier = 0; earlier < step; earlier++) {
            boolean must = pivot >= 0 && (step == pivot || step > pivot && earlier == pivot);
            if (must || dice.chance(35)) {
                dependencies.add("s" + earlier);
            }
        }
        return dependencies;
    }

    private RetryPolicy policy() {
        return new RetryPolicy(dice.between(1, 3), STEP_TIMEOUT_MS, BACKOFF_MS);
    }
}
