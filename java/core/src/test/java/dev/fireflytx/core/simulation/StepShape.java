package dev.fireflytx.core.simulation;

import dev.fireflytx.core.definition.CompensationDefinition;
import dev.fireflytx.core.definition.InDoubtPolicy;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.definition.StepKind;
import java.util.List;

/**
 * What is random about one step.
 *
 * @param dependencyBits bit {@code j} makes it depend on step {@code j}, if that comes earlier
 * @param conditional whether it has a condition
 * @param retry attempts in all
 * @param undoRetry its compensation's attempts in all; 0 for no compensation
 * @param inDoubt its policy
 */
record StepShape(int dependencyBits, boolean conditional, int retry, int undoRetry, InDoubtPolicy inDoubt) {
    private static final long TIMEOUT_MS = 1_000;
    private static final long BACKOFF_MS = 100;

    StepDefinition define(String id, List<String> dependsOn, boolean pivot) {
        StepDefinition.Builder step = StepDefinition.step(id)
                .dependsOn(dependsOn)
                .conditional(conditional)
                .policy(policy(retry))
                .pivot(pivot)
                .inDoubt(inDoubt);
        if (undoRetry > 0) {
            step.compensation(new CompensationDefinition(StepKind.COROUTINE, false, policy(undoRetry)));
        }
        return step.build();
    }

    private static RetryPolicy policy(int maxAttempts) {
        return new RetryPolicy(maxAttempts, TIMEOUT_MS, BACKOFF_MS);
    }
}
