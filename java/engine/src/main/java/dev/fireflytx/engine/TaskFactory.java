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
import java.util.List;

/** Gives an attempt its values, at the end of the turn that hands it out. */
final class TaskFactory {
    private final long fence;
    private final ValueLimit limit;

    TaskFactory(long fence, ValueLimit limit) {
        this.fence = fence;
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
        String data = backward ? undoData(run, attempt.step()) : stepInput(run, attempt.step(), visible);
        boolean takesContext = attempt.direction() != Direction.CONDITION
                && (backward ? compensation(run, attempt).takesContext() : step.takesContext());
        return new Task(
                run.name(attempt, fence), run.saga(), run.plan().definition().version(), attempt.kind(run.plan()), data,
                takesContext ? run.values().input() : JsonObject.EMPTY,
                takesContext ? visible : List.of(),
                takesContext ? run.values().context() : JsonObject.EMPTY,
                takesContext, backward && isInDoubt(run, attempt.step()), policy.timeoutMs(),
                run.values().trace());
    }

    /** What a step is given: the saga's input, overlaid with the results that it can see. */
    String stepInput(SagaRun run, int step) {
        return stepInput(run, step, run.values().visibleFrom(step));
    }

    private String stepInput(SagaRun run, int step, List<Task.StepValue> visible) {
        List<String> results = visible.stream().map(Task.StepValue::value).filter(value -> !value.equals(JsonObject.EMPTY)).toList();
        String merged = Overlay.of(run.values().input(), results);
        limit.check(merged, "the merged input of step '" + run.plan().step(step).id() + "'");
        return merged;
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
