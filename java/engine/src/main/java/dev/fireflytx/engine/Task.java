package dev.fireflytx.engine;

import dev.fireflytx.core.definition.StepKind;
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
 * @param input the saga's input; empty when the method takes no context
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
        String input,
        List<StepValue> results,
        String context,
        boolean takesContext,
        boolean inDoubt,
        long timeoutMs,
        String trace) {

    /**
     * A step's result.
     *
     * @param step the step's id
     * @param value its result, an object
     */
    public record StepValue(String step, String value) {}
}
