package dev.fireflytx.core.definition;

/**
 * How a step is undone.
 *
 * @param kind what an attempt occupies
 * @param takesContext whether the method wants the context's values besides the step's result
 * @param policy its own retries and timeout
 */
public record CompensationDefinition(StepKind kind, boolean takesContext, RetryPolicy policy) {}
