package dev.fireflytx.engine;

import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.Overlay;
import dev.fireflytx.core.machine.Direction;
import java.util.List;
import java.util.Optional;

/**
 * One attempt, with all that it needs.
 *
 * @param attempt its name
 * @param saga the saga's name
 * @param version the version of its code that the run began with
 * @param kind what it occupies
 * @param data what the method is given: the step's input, or for a compensation the step's result ({@code {}} in doubt)
 * @param isOnInput whether the executor keeps the saga's input, and {@code data} is only what lies over it (unless for a compensation)
 * @param input the saga's input; empty when the method takes no context, unless {@code isOnInput}
 * @param results the results that the step can see, nearest first; empty when the method takes no context
 * @param context the saga's context values, an object; empty when the method takes no context
 * @param takesContext whether the method takes a context
 * @param inDoubt for a compensation: whether nobody knows if the step took effect
 * @param timeoutMs its limit, which counts from now
 * @param trace the headers of the trace that the saga belongs to, an object; empty without one
 */
public record Task(
        AttemptId attempt,
        String saga,
        Optional<String> version,
        StepKind kind,
        String data,
        boolean isOnInput,
        String input,
        List<StepValue> results,
        String context,
        boolean takesContext,
        boolean inDoubt,
        long timeoutMs,
        String trace) {

    /** {@return the same for an executor that has not kept the saga's input after all} */
    public Task whole() {
        if (!isOnInput) {
            return this;
        }
        String given = attempt.direction() == Direction.BACKWARD ? data : Overlay.of(input, List.of(data));
        return new Task(attempt, saga, version, kind, given, false, takesContext ? input : JsonObject.EMPTY, results, context, takesContext,
                inDoubt, timeoutMs, trace);
    }

    /**
     * A step's result.
     *
     * @param step the step's id
     * @param value its result, an object
     */
    public record StepValue(String step, String value) {}
}
