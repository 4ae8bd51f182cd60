package dev.fireflytx.engine.saga;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fireflytx.core.definition.CompensationOrder;
import dev.fireflytx.core.definition.EventContent;
import dev.fireflytx.core.definition.EventOptions;
import dev.fireflytx.core.definition.EventTarget;
import dev.fireflytx.core.definition.InDoubtPolicy;
import dev.fireflytx.core.definition.InvalidDefinitionException;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.SagaEventOptions;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.engine.NonRetryableException;
import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.SagaResult;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.StepStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Sagas as classes. */
class AnnotatedSagaTest {
    private static final long PATIENCE_S = 20;

    @Saga("order")
    static class Order {
        final List<String> calls;
        private int steps;

        Order(List<String> calls) {
            this.calls = calls;
        }

        @SagaStep("reserve")
        Map<String, Object> reserve(Map<String, Object> order) {
            steps++;
            return Map.of("reservation", "R-" + order.get("item"));
        }

        @CompensationStep("reserve")
        void release(Map<String, Object> reserved) {
            calls.add("release " + reserved.get("reservation") + " after " + steps);
        }

        @StepCondition("wrap")
        boolean isGift(Map<String, Object> order) {
            return order.containsKey("gift");
        }

        @SagaStep(value = "wrap", dependsOn = "reserve")
        void wrap() {
            steps++;
        }

        @SagaStep(value = "charge", dependsOn = "wrap", retry = 1)
        private CompletionStage<?> charge(Map<String, Object> order, StepContext context) {
            steps++;
            return order.containsKey("broke") ? CompletableFuture.failedFuture(new NonRetryableException("declined"))
                    : CompletableFuture.completedFuture(Map.of("key", context.idempotencyKey()));
        }
    }

    private final List<String> calls = new CopyOnWriteArrayList<>();

    @Test
    void the_steps_of_a_class_run() {
        SagaResult result = run(Map.of("item", "lamp", "gift", true));

        assertEquals(SagaStatus.COMPLETED, result.status());
        assertEquals(List.of("reserve", "wrap", "charge"), result.steps().stream().map(step -> step.step()).toList());
    }

    @Test
    void a_condition_is_asked() {
        assertEquals(StepStatus.SKIPPED, run(Map.of("item", "lamp")).step("wrap").status());
    }

    @Test
    void the_steps_of_a_run_share_an_instance_with_its_compensations() {
        run(Map.of("item", "lamp", "broke", true));

        assertEquals(List.of("release R-lamp after 2"), calls);
    }

    @Test
    void each_run_has_an_instance_of_its_own() {
        try (SagaEngine engine = SagaEngine.builder().build()) {
            engine.register(Sagas.of(Order.class, () -> new Order(calls)));
            get(engine.execute("order", Map.of("item", "a", "broke", true)));
            get(engine.execute("order", Map.of("item", "b", "broke", true)));
        }

        assertEquals(List.of("release R-a after 2", "release R-b after 2"), calls);
    }

    @Test
    void a_factory_that_fails_fails_the_step() {
        ExecutableSaga saga = Sagas.of(Order.class, () -> {
            throw new NonRetryableException("no stock service");
        });

        assertEquals("no stock service", run(saga, Map.of()).error().orElseThrow().message());
    }

    @Saga(value = "full", timeoutMs = 9, layerConcurrency = 2, compensation = CompensationOrder.PARALLEL, version = "3")
    static class Full {
        @SagaStep(value = "z", retry = 5, timeoutMs = 7, backoffMs = 1, pivot = true, inDoubt = InDoubtPolicy.PARK)
        @StepEvents(value = "topic", eventType = "paid", includeTiming = true, onRetry = true)
        CompletionStage<?> pay() {
            return null;
        }

        @SagaStep(value = "a", dependsOn = "z")
        void ship() { }

        @CompensationStep(value = "a", retry = 2, timeoutMs = 3, backoffMs = 4)
        void unship() { }
    }

    @Test
    void every_option_arrives_in_the_definition_whose_steps_are_in_the_order_of_their_ids() {
        SagaDefinition full = Sagas.of(Full.class).definition();

        StepDefinition pay = full.steps().get(1);
        assertEquals(List.of("a", "z"), full.steps().stream().map(StepDefinition::id).toList());
        assertEquals(OptionalLong.of(9), full.timeoutMs());
        assertEquals(OptionalInt.of(2), full.layerConcurrency());
        assertEquals(CompensationOrder.PARALLEL, full.compensation());
        assertEquals(Optional.of("3"), full.version());
        assertEquals(new RetryPolicy(5, 7, 1), pay.policy());
        assertEquals(StepKind.COROUTINE, pay.kind());
        assertEquals(InDoubtPolicy.PARK, pay.inDoubt());
        assertEquals(Optional.of(new EventOptions("topic", "paid", true, false, true, true, true, true)), pay.events());
        assertEquals(new RetryPolicy(2, 3, 4), full.steps().get(0).compensation().orElseThrow().policy());
    }

    @Saga("eventful")
    @SagaEvents(value = "sagas", key = "{saga}", headers = "team: payments", includeResult = true, onParked = false)
    static class Eventful {
        @SagaStep("pay")
        @StepEvents(value = "orders", key = "{step}", headers = {"a: b", "c:d"}, includeContext = true, onCompensation = true)
        void pay() { }
    }

    @Test
    void events_of_steps_and_of_the_saga_arrive_in_the_definition() {
        SagaDefinition eventful = Sagas.of(Eventful.class).definition();

        assertEquals(Optional.of(new SagaEventOptions(new EventTarget("sagas", "{saga}", Map.of("team", "payments")),
                new EventContent(false, false, true, false), true, true, true, true, false)), eventful.events());
        assertEquals(Optional.of(new EventOptions(new EventTarget("orders", "{step}", Map.of("a", "b", "c", "d")), "",
                new EventContent(false, false, false, true), true, true, true, false, true)), eventful.steps().get(0).events());
    }

    @Saga("headless")
    @SagaEvents(value = "sagas", headers = "team")
    static class Headless { }

    @Test
    void a_header_without_a_colon_is_refused() {
        assertEquals("A header of events must be written as \"name: value\", got \"team\".",
                assertThrows(InvalidDefinitionException.class, () -> Sagas.of(Headless.class)).getMessage());
    }

    @Saga("inherited")
    static class Inherited extends Full { }

    @Test
    void inherited_steps_count() {
        assertEquals(2, Sagas.of(Inherited.class).definition().steps().size());
    }

    @Saga("lost")
    static class Lost extends Full {
        @Override
        void ship() { }
    }

    @Saga("stranger")
    static class Stranger extends Full {
        @CompensationStep("zz")
        void undo() { }
    }

    @Saga("static")
    static class Static {
        @SagaStep("a")
        static void a() { }
    }

    @Saga("greedy")
    static class Greedy {
        @SagaStep("a")
        void a(StepContext context, String order) { }
    }

    @Saga("maybe")
    static class Maybe extends Full {
        @StepCondition("a")
        String maybe() {
            return "yes";
        }
    }

    @Saga("both")
    static class Both {
        @SagaStep("a")
        @CompensationStep("a")
        void a() { }
    }

    @Saga("twice")
    static class Twice extends Full {
        @CompensationStep("a")
        void undo() { }
    }

    @Saga("quiet")
    static class Quiet {
        @StepEvents("topic")
        void a() { }
    }

    @Test
    void mistakes_are_named() {
        assertMistake(String.class, "The class java.lang.String is no saga: write @Saga(\"name\") above it.");
        assertMistake(Order.class, "The class " + Order.class.getName() + " has no constructor without parameters. "
                + "Say how to make one: Sagas.of(Order.class, () -> new Order(…)).");
        assertMistake(Lost.class, "Saga 'lost': the method 'ship' of Lost overrides one of Full but has lost its annotation: "
                + "write that above it, or give it another name.");
        assertMistake(Stranger.class, "Saga 'stranger': 'undo' is the compensation of step 'zz', which is not defined. "
                + "Did you mean 'z'? Steps: a, z.");
        assertMistake(Static.class, "Saga 'static': the method 'a' is static or abstract; a saga's methods are plain ones.");
        assertMistake(Greedy.class, "Saga 'greedy': the method 'a' takes too much: first what the step is given, then a StepContext "
                + "if it wants one.");
        assertMistake(Maybe.class, "Saga 'maybe': the method 'maybe' is a condition: it returns boolean, and takes what the step is "
                + "given alone.");
        assertMistake(Both.class, "Saga 'both': the method 'a' has two of @SagaStep, @CompensationStep and @StepCondition; keep one.");
        assertMistake(Twice.class, "Saga 'twice': step 'a' has two compensations; keep one.");
        assertMistake(Quiet.class, "Saga 'quiet': the method 'a' has @StepEvents but is no step: add @SagaStep.");
    }

    private static void assertMistake(Class<?> type, String message) {
        assertEquals(message, assertThrows(InvalidDefinitionException.class, () -> Sagas.of(type)).getMessage());
    }

    private SagaResult run(Map<String, Object> order) {
        return run(Sagas.of(Order.class, () -> new Order(calls)), order);
    }

    private static SagaResult run(ExecutableSaga saga, Map<String, Object> order) {
        try (SagaEngine engine = SagaEngine.builder().build()) {
            engine.register(saga);
            return get(engine.execute("order", order));
        }
    }

    private static <T> T get(CompletableFuture<T> future) {
        return future.orTimeout(PATIENCE_S, TimeUnit.SECONDS).join();
    }
}
