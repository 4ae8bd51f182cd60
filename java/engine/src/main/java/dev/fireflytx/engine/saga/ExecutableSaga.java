package dev.fireflytx.engine.saga;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.SagaPlan;
import dev.fireflytx.core.machine.Direction;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** A saga with its code. {@link Sagas} makes them; {@code SagaEngine.register} takes them. */
public final class ExecutableSaga {
    /** Which of a saga's code. */
    record Key(String step, Direction direction) {}

    private final SagaDefinition definition;
    private final Map<Key, StepCode> code;
    private final Supplier<?> factory;

    /** The factory is null unless runs have instances of their own. */
    ExecutableSaga(SagaDefinition definition, Map<Key, StepCode> code, Supplier<?> factory) {
        this.definition = SagaPlan.of(definition).definition();
        this.code = Map.copyOf(code);
        this.factory = factory;
    }

    /** {@return its name, unique in an engine} */
    public String name() {
        return definition.name();
    }

    /** {@return its graph and policies} */
    public SagaDefinition definition() {
        return definition;
    }

    /**
     * {@return what is to be run, if it has that}
     *
     * @param step the step's id
     * @param direction the step itself, its condition or its compensation
     */
    public Optional<StepCode> code(String step, Direction direction) {
        return Optional.ofNullable(code.get(new Key(step, direction)));
    }

    /** {@return what makes the instance that a run's steps share, if the saga is a class} */
    public Optional<Supplier<?>> factory() {
        return Optional.ofNullable(factory);
    }
}
