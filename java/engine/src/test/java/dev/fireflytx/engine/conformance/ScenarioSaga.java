package dev.fireflytx.engine.conformance;

import dev.fireflytx.core.definition.CompensationOrder;
import dev.fireflytx.core.definition.EventOptions;
import dev.fireflytx.core.definition.InDoubtPolicy;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.engine.saga.ExecutableSaga;
import dev.fireflytx.engine.saga.SagaBuilder;
import dev.fireflytx.engine.saga.Sagas;
import dev.fireflytx.engine.saga.StepBuilder;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/** A scenario's definition as a saga of lambdas, which do what the world says. */
final class ScenarioSaga {
    private final Scenario scenario;
    private final World world;

    private ScenarioSaga(Scenario scenario, World world) {
        this.scenario = scenario;
        this.world = world;
    }

    static ExecutableSaga of(Scenario scenario, World world) {
        return new ScenarioSaga(scenario, world).saga();
    }

    private ExecutableSaga saga() {
        Part definition = scenario.definition();
        SagaBuilder saga = Sagas.named(definition.text("name", scenario.name()));
        definition.number("timeout_ms").ifPresent(value -> saga.timeout(Duration.ofMillis(value)));
        definition.number("layer_concurrency").ifPresent(value -> saga.layerConcurrency((int) value));
        definition.maybeText("compensation").ifPresent(value -> saga.compensation(constant(CompensationOrder.class, value)));
        definition.maybeText("version").ifPresent(saga::version);
        scenario.steps().forEach(step -> add(saga, step));
        return saga.build();
    }

    private void add(SagaBuilder saga, Part step) {
        String id = step.text("id");
        StepBuilder<?> builder = step.flag("plain", false)
                ? saga.step(id, Map.class, (data, context) -> world.callPlainly(id, data, context))
                : saga.asyncStep(id, Map.class, (data, context) -> world.call(id, data, context));
        if (step.has("depends_on")) {
            builder.dependsOn(step.texts("depends_on").toArray(String[]::new));
        }
        step.number("retry").ifPresent(value -> builder.retry((int) value));
        step.number("timeout_ms").ifPresent(value -> builder.timeout(Duration.ofMillis(value)));
        step.number("backoff_ms").ifPresent(value -> builder.backoff(Duration.ofMillis(value)));
        step.maybeText("in_doubt").ifPresent(value -> builder.inDoubt(constant(InDoubtPolicy.class, value)));
        if (step.flag("condition", false)) {
            builder.condition(data -> world.ask("if " + id, data));
        }
        if (step.flag("pivot", false)) {
            builder.pivot();
        }
        if (step.has("events")) {
            builder.events(events(Scenario.events(step)));
        }
        Scenario.compensations(step).forEach(compensation -> compensate(builder, "undo " + id, compensation));
    }

    private void compensate(StepBuilder<?> builder, String name, Part compensation) {
        RetryPolicy policy = new RetryPolicy(
                (int) compensation.number("retry").orElse(RetryPolicy.DEFAULT.maxAttempts()),
                compensation.number("timeout_ms").orElse(RetryPolicy.DEFAULT.timeoutMs()),
                compensation.number("backoff_ms").orElse(RetryPolicy.DEFAULT.backoffMs()));
        if (compensation.flag("plain", false)) {
            builder.compensate(Map.class, policy, (result, context) -> world.callPlainly(name, result, context));
        } else {
            builder.compensateAsync(Map.class, policy, (result, context) -> world.call(name, result, context));
        }
    }

    private static EventOptions events(Part events) {
        return new EventOptions(events.text("topic"), events.text("event_type", ""), events.flag("include_timing", false),
                events.flag("include_payload", false), events.flag("publish_on_start", true), events.flag("publish_on_success", true),
                events.flag("publish_on_failure", true), events.flag("publish_on_retry", false));
    }

    private static <E extends Enum<E>> E constant(Class<E> type, String name) {
        return Enum.valueOf(type, name.toUpperCase(Locale.ROOT));
    }
}
