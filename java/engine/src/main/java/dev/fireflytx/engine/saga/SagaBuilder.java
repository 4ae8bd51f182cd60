package dev.fireflytx.engine.saga;

import dev.fireflytx.core.definition.CompensationOrder;
import dev.fireflytx.core.definition.InvalidDefinitionException;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.SagaEventOptions;
import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.machine.Direction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Collects a saga's steps. Comes from {@link Sagas#named}. */
public final class SagaBuilder {
    private final String name;
    private final List<StepBuilder<?>> steps = new ArrayList<>();
    private final Map<ExecutableSaga.Key, StepCode> code = new HashMap<>();
    private OptionalLong timeoutMs = OptionalLong.empty();
    private OptionalInt layerConcurrency = OptionalInt.empty();
    private CompensationOrder order = CompensationOrder.SEQUENTIAL;
    private Optional<String> version = Optional.empty();
    private Optional<SagaEventOptions> events = Optional.empty();

    SagaBuilder(String name) {
        this.name = Objects.requireNonNull(name, "name");
    }

    /**
     * {@return this builder}
     *
     * @param value how long a run may take before it is cancelled and undone; without limit by default
     */
    public SagaBuilder timeout(Duration value) {
        timeoutMs = OptionalLong.of(value.toMillis());
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value the most steps of one run that run at once, compensations too; without limit by default
     */
    public SagaBuilder layerConcurrency(int value) {
        layerConcurrency = OptionalInt.of(value);
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value in which order completed steps are undone; the newest first, one at a time, by default
     */
    public SagaBuilder compensation(CompensationOrder value) {
        order = Objects.requireNonNull(value, "compensation");
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value change it when runs that have begun must not go on with the new code: they wait for a person. 1 to 64 printable
     *     characters; none by default
     */
    public SagaBuilder version(String value) {
        version = Optional.of(value);
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param options which events the saga publishes about itself; none by default
     */
    public SagaBuilder events(SagaEventOptions options) {
        events = Optional.of(options);
        return this;
    }

    /**
     * Adds a step that blocks a thread of the engine's executor while it runs.
     *
     * @param <I> what it is given
     * @param id unique in its saga
     * @param takes what to read its input as; {@code String} is the JSON text itself
     * @param action what it does
     * @return the step's options
     */
    public <I> StepBuilder<I> step(String id, Class<I> takes, StepFunction<? super I, ?> action) {
        return add(id, StepKind.THREAD, takes, StepCode.of(takes, action));
    }

    /**
     * Adds a step that is done when the stage that it returns is.
     *
     * @param <I> what it is given
     * @param id unique in its saga
     * @param takes what to read its input as; {@code String} is the JSON text itself
     * @param action begins it
     * @return the step's options
     */
    public <I> StepBuilder<I> asyncStep(
            String id, Class<I> takes, StepFunction<? super I, ? extends CompletionStage<?>> action) {
        return add(id, StepKind.COROUTINE, takes, StepCode.of(takes, action));
    }

    /**
     * {@return the saga}
     *
     * @throws InvalidDefinitionException if it can't be run; the message says why
     */
    public ExecutableSaga build() {
        return build(null);
    }

    ExecutableSaga build(Supplier<?> factory) {
        SagaDefinition definition = new SagaDefinition(
                name, steps.stream().map(StepBuilder::definition).toList(), timeoutMs, layerConcurrency, order, version, events,
                List.of());
        return new ExecutableSaga(definition, code, factory);
    }

    <I> StepBuilder<I> add(String id, StepKind kind, Class<I> takes, StepCode action) {
        StepBuilder<I> step = new StepBuilder<>(this, id, kind, takes);
        steps.add(step);
        put(id, Direction.FORWARD, action);
        return step;
    }

    void put(String step, Direction direction, StepCode added) {
        if (code.putIfAbsent(new ExecutableSaga.Key(step, direction), added) == null) {
            return;
        }
        throw new InvalidDefinitionException("Saga '" + name + "': step '" + step + "' " + switch (direction) {
            case FORWARD -> "is defined twice.";
            case BACKWARD -> "has two compensations; keep one.";
            case CONDITION -> "has two conditions; keep one.";
        });
    }
}
