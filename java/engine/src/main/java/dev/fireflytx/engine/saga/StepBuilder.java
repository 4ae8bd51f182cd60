package dev.fireflytx.engine.saga;

import dev.fireflytx.core.definition.CompensationDefinition;
import dev.fireflytx.core.definition.EventOptions;
import dev.fireflytx.core.definition.InDoubtPolicy;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.machine.Direction;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/**
 * A step's options, each with its default; then the next step, or the saga.
 *
 * @param <I> what the step is given
 */
public final class StepBuilder<I> {
    private final SagaBuilder saga;
    private final String id;
    private final Class<I> takes;
    private final StepDefinition.Builder step;
    private RetryPolicy policy = RetryPolicy.DEFAULT;

    StepBuilder(SagaBuilder saga, String id, StepKind kind, Class<I> takes) {
        this.saga = saga;
        this.id = id;
        this.takes = takes;
        this.step = StepDefinition.step(id).kind(kind).takesContext(true);
    }

    /**
     * {@return this builder}
     *
     * @param ids the steps that must have settled first; their results are added to this one's input, the last in the list winning
     */
    public StepBuilder<I> dependsOn(String... ids) {
        step.dependsOn(List.of(ids));
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param attempts how many in all; 3 by default, and 1 never retries
     */
    public StepBuilder<I> retry(int attempts) {
        return policy(new RetryPolicy(attempts, policy.timeoutMs(), policy.backoffMs()));
    }

    /**
     * {@return this builder}
     *
     * @param longest the pause before the second attempt, at most; doubled each time, up to 30 s, and random below. 100 ms by default
     */
    public StepBuilder<I> backoff(Duration longest) {
        return policy(new RetryPolicy(policy.maxAttempts(), policy.timeoutMs(), longest.toMillis()));
    }

    /**
     * {@return this builder}
     *
     * @param value how long one attempt may take; 30 s by default
     */
    public StepBuilder<I> timeout(Duration value) {
        return policy(new RetryPolicy(policy.maxAttempts(), value.toMillis(), policy.backoffMs()));
    }

    /**
     * {@return this builder}
     *
     * @param holds asked once, before the first attempt; if it says no the step is skipped, and what depends on it runs without its result
     */
    public StepBuilder<I> condition(Predicate<? super I> holds) {
        return condition(StepCode.of(takes, (input, context) -> holds.test(input)));
    }

    /** {@return this builder, of a step after whose success the saga only goes forward} */
    public StepBuilder<I> pivot() {
        step.pivot(true);
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value what to do when the step is given up and nobody knows whether it took effect; it is undone by default
     */
    public StepBuilder<I> inDoubt(InDoubtPolicy value) {
        step.inDoubt(value);
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param options which events the step publishes; none by default
     */
    public StepBuilder<I> events(EventOptions options) {
        step.events(options);
        return this;
    }

    /**
     * Says how the step is undone, with the default retries.
     *
     * @param <R> what to read the step's result as
     * @param result what to read the step's result as
     * @param action undoes it
     * @return this builder
     */
    public <R> StepBuilder<I> compensate(Class<R> result, CompensationAction<? super R> action) {
        return compensate(result, RetryPolicy.DEFAULT, action);
    }

    /**
     * Says how the step is undone.
     *
     * @param <R> what to read the step's result as
     * @param result what to read the step's result as
     * @param retries its own retries and timeout
     * @param action undoes it
     * @return this builder
     */
    public <R> StepBuilder<I> compensate(Class<R> result, RetryPolicy retries, CompensationAction<? super R> action) {
        return compensation(StepKind.THREAD, retries, StepCode.undoing(result, action));
    }

    /**
     * Says how the step is undone, by something that is done when the stage that it returns is.
     *
     * @param <R> what to read the step's result as
     * @param result what to read the step's result as
     * @param retries its own retries and timeout, such as {@link RetryPolicy#DEFAULT}
     * @param action begins to undo it
     * @return this builder
     */
    public <R> StepBuilder<I> compensateAsync(
            Class<R> result, RetryPolicy retries, StepFunction<? super R, ? extends CompletionStage<?>> action) {
        return compensation(StepKind.COROUTINE, retries, StepCode.of(result, action));
    }

    /**
     * Adds the next step, as {@link SagaBuilder#step} does.
     *
     * @param <N> what it is given
     * @param nextId unique in its saga
     * @param nextTakes what to read its input as
     * @param action what it does
     * @return the next step's options
     */
    public <N> StepBuilder<N> step(String nextId, Class<N> nextTakes, StepFunction<? super N, ?> action) {
        return saga.step(nextId, nextTakes, action);
    }

    /**
     * Adds the next step, as {@link SagaBuilder#asyncStep} does.
     *
     * @param <N> what it is given
     * @param nextId unique in its saga
     * @param nextTakes what to read its input as
     * @param action begins it
     * @return the next step's options
     */
    public <N> StepBuilder<N> asyncStep(
            String nextId, Class<N> nextTakes, StepFunction<? super N, ? extends CompletionStage<?>> action) {
        return saga.asyncStep(nextId, nextTakes, action);
    }

    /**
     * {@return the saga}
     *
     * @throws dev.fireflytx.core.definition.InvalidDefinitionException if it can't be run; the message says why
     */
    public ExecutableSaga build() {
        return saga.build();
    }

    StepBuilder<I> policy(RetryPolicy value) {
        policy = value;
        return this;
    }

    StepBuilder<I> condition(StepCode code) {
        step.conditional(true);
        saga.put(id, Direction.CONDITION, code);
        return this;
    }

    StepBuilder<I> compensation(StepKind kind, RetryPolicy retries, StepCode code) {
        step.compensation(new CompensationDefinition(kind, true, retries));
        saga.put(id, Direction.BACKWARD, code);
        return this;
    }

    StepDefinition definition() {
        return step.policy(policy).build();
    }
}
