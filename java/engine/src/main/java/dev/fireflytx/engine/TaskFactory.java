package dev.fireflytx.engine;

import dev.fireflytx.core.definition.CompensationDefinition;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.Overlay;
import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.StepState;
import java.util.ArrayList;
import java.util.List;

/** Gives an attempt its values, at the end of the turn that hands it out. */
final class TaskFactory {
    private final long fence;
    private final StepExecutor executor;
    private final ValueLimit limit;

    TaskFactory(long fence, StepExecutor executor, ValueLimit limit) {
        this.fence = fence;
        this.executor = executor;
        this.limit = limit;
    }

    /**
     * Builds the task of an attempt.
     *
     * @throws JsonException if what it would be given can't be merged, or is over the limit
     */
    Task task(SagaRun run, AttemptRef attempt) {
        StepDefinition step = run.plan().step(attempt.step());
        boolean backward = attempt.direction() == Direction.BACKWARD;
        RetryPolicy policy = backward ? compensation(run, attempt).policy() : step.policy();
        List<Task.StepValue> visible = run.values().visibleFrom(attempt.step());
        List<String> over = valuesOf(visible);
        boolean takesContext = attempt.direction() != Direction.CONDITION
                && (backward ? compensation(run, attempt).takesContext() : step.takesContext());
        boolean isOnInput = (takesContext || !backward) && isOnInput(run, attempt, over);
        String data = backward ? undoData(run, attempt.step())
                : isOnInput ? Overlay.of(JsonObject.EMPTY, over) : stepInput(run, attempt.step(), over);
        return new Task(
                run.name(attempt, fence), run.saga(), run.plan().definition().version(), attempt.kind(run.plan()), data, isOnInput,
                takesContext || isOnInput ? run.values().input() : JsonObject.EMPTY,
                takesContext ? visible : List.of(),
                takesContext ? run.values().context() : JsonObject.EMPTY,
                takesContext, backward && isInDoubt(run, attempt.step()), policy.timeoutMs(),
                run.values().trace());
    }

    /** Whether the executor keeps the input, and no look at the merged text is needed to know that it is within the limit. */
    private boolean isOnInput(SagaRun run, AttemptRef attempt, List<String> over) {
        RunValues values = run.values();
        return executor.keepsInput(attempt.kind(run.plan()), run.correlationId(), values.input())
                && limit.surelyHolds(values.inputSizeBytes(), over);
    }

    /** What a step is given: the saga's input, overlaid with the results that it can see. */
    String stepInput(SagaRun run, int step) {
        return stepInput(run, step, valuesOf(run.values().visibleFrom(step)));
    }

    private String stepInput(SagaRun run, int step, List<String> over) {
        String merged = Overlay.of(run.values().input(), over);
        limit.check(merged, "the merged input of step '" + run.plan().step(step).id() + "'");
        return merged;
    }

    private static List<String> valuesOf(List<Task.StepValue> results) {
        List<String> values = new ArrayList<>(results.size());
        for (Task.StepValue result : results) {
            if (!result.value().equals(JsonObject.EMPTY)) {
                values.add(result.value());
            }
        }
        return values;
    }

    private static String undoData(SagaRun run, int step) {
        return isInDoubt(run, step) ? JsonObject.EMPTY : run.values().result(step).orElse(JsonObject.EMPTY);
    }

    private static boolean isInDoubt(SagaRun run, int step) {
        return run.state().step(step).effect() == StepState.Effect.IN_DOUBT;
    }

    private static CompensationDefinition compensation(SagaRun run, AttemptRef attempt) {
        return run.plan().step(attempt.step()).compensation().orElseThrow();
    }
}
