package dev.fireflytx.engine.saga;

import dev.fireflytx.core.definition.InvalidDefinitionException;
import dev.fireflytx.core.definition.NearestName;
import dev.fireflytx.core.definition.RetryPolicy;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Reads a class with {@link Saga}. */
final class AnnotatedSaga {
    private final Saga saga;
    private final Optional<SagaEvents> events;
    private final String where;
    private final List<SagaMethod> methods;
    private final Map<String, StepBuilder<?>> steps = new HashMap<>();

    AnnotatedSaga(Class<?> type) {
        saga = type.getDeclaredAnnotation(Saga.class);
        events = Optional.ofNullable(type.getDeclaredAnnotation(SagaEvents.class));
        if (saga == null) {
            throw wrong("The class " + type.getName() + " is no saga: write @Saga(\"name\") above it.");
        }
        where = "Saga '" + saga.value() + "'";
        methods = SagaMethod.of(type, where);
    }

    static InvalidDefinitionException wrong(String problem) {
        return new InvalidDefinitionException(problem);
    }

    ExecutableSaga read(Supplier<?> factory) {
        SagaBuilder builder = options();
        methods.stream().filter(method -> method.as(SagaStep.class).isPresent())
                .sorted(Comparator.comparing(method -> method.as(SagaStep.class).orElseThrow().value()))
                .forEach(method -> steps.put(method.as(SagaStep.class).orElseThrow().value(), step(builder, method)));
        methods.forEach(this::readCompanion);
        return builder.build(factory);
    }

    private SagaBuilder options() {
        SagaBuilder builder = Sagas.named(saga.value()).compensation(saga.compensation());
        events.ifPresent(published -> builder.events(EventAnnotations.read(published)));
        if (saga.timeoutMs() != 0) {
            builder.timeout(Duration.ofMillis(saga.timeoutMs()));
        }
        if (saga.layerConcurrency() != 0) {
            builder.layerConcurrency(saga.layerConcurrency());
        }
        return saga.version().isEmpty() ? builder : builder.version(saga.version());
    }

    private static StepBuilder<?> step(SagaBuilder builder, SagaMethod method) {
        SagaStep options = method.as(SagaStep.class).orElseThrow();
        StepBuilder<?> step = builder.add(options.value(), method.kind(), Object.class, method.code())
                .dependsOn(options.dependsOn())
                .policy(new RetryPolicy(options.retry(), options.timeoutMs(), options.backoffMs()))
                .inDoubt(options.inDoubt());
        method.as(StepEvents.class).ifPresent(events -> step.events(EventAnnotations.read(events)));
        return options.pivot() ? step.pivot() : step;
    }

    private void readCompanion(SagaMethod method) {
        method.as(CompensationStep.class).ifPresent(undo -> find(undo.value(), method, "compensation").compensation(
                method.kind(), new RetryPolicy(undo.retry(), undo.timeoutMs(), undo.backoffMs()), method.code()));
        method.as(StepCondition.class).ifPresent(condition -> find(condition.value(), method, "condition").condition(method.code()));
    }

    private StepBuilder<?> find(String id, SagaMethod method, String what) {
        StepBuilder<?> step = steps.get(id);
        if (step == null) {
            throw wrong(where + ": '" + method.name() + "' is the " + what + " of step '" + id + "', which is not defined. "
                    + (steps.isEmpty() ? "The saga has no steps." : NearestName.hint(id, steps.keySet().stream().sorted().toList())));
        }
        return step;
    }
}
