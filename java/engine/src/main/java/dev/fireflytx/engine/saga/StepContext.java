package dev.fireflytx.engine.saga;

import java.util.Map;
import java.util.Optional;

/**
 * One attempt's view of its saga run. Safe from several threads.
 *
 * <p>It is an interface so that a unit test can call a step with one of its own.
 */
public interface StepContext {

    /** {@return the run's id, the same for all its steps} */
    String correlationId();

    /** {@return the saga's name} */
    String saga();

    /** {@return the id of the step that runs, or is undone} */
    String step();

    /** {@return which attempt this is, from 1; a step and its compensation count on their own} */
    int attempt();

    /** {@return what to give to other services: the same on every attempt of a step; its compensation has its own} */
    String idempotencyKey();

    /** {@return for a compensation: whether nobody knows if the step took effect} */
    boolean isInDoubt();

    /**
     * The headers of the trace that the run belongs to, such as {@code traceparent}, to be given to other services.
     *
     * @return header names and values; empty if the run belongs to none
     */
    default Map<String, String> trace() {
        return Map.of();
    }

    /**
     * The saga's input, without any step's result.
     *
     * @param <T> what to read it as
     * @param type what to read it as
     * @return the input
     */
    <T> T input(Class<T> type);

    /**
     * The result of a step that is done before this one; for a compensation also of its own step.
     *
     * @param <T> what to read it as
     * @param step the step's id
     * @param type what to read it as
     * @return the result
     * @throws dev.fireflytx.engine.NonRetryableException if this step doesn't depend on that one, or that one was skipped
     */
    <T> T result(String step, Class<T> type);

    /**
     * The value of a key, from the first of these that has it: what {@link #set} stored, here or in a step that has ended; for a
     * compensation, the result of the step that it undoes; the results that the step can see, the nearest first; the saga's input.
     *
     * @param <T> what to read it as
     * @param key the key
     * @param type what to read it as
     * @return the value, if any of them has the key
     */
    <T> Optional<T> get(String key, Class<T> type);

    /**
     * Stores a value for this step's later attempts, its compensation, and the steps that follow. It is kept when this attempt ends, even if
     * it fails.
     *
     * @param key a name of your choice
     * @param value anything that JSON carries
     */
    void set(String key, Object value);

    /** {@return whether the attempt was told to stop, since its time is up or its saga was cancelled} */
    boolean isStopped();

    /**
     * Calls back when the attempt is told to stop, or at once if it has been. A blocking step is interrupted besides; one that returns a
     * {@link java.util.concurrent.CompletionStage} has nothing but this.
     *
     * @param action what to call; must not block
     */
    void onStop(Runnable action);
}
