package dev.fireflytx.engine.saga;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.definition.EventOptions;
import dev.fireflytx.core.definition.InvalidDefinitionException;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.engine.NonRetryableException;
import dev.fireflytx.engine.RefusedException;
import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.SagaEvent;
import dev.fireflytx.engine.SagaResult;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.StartOptions;
import dev.fireflytx.engine.StepStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Sagas of lambdas, as an application writes and runs them. */
class FluentSagaTest {
    private static final long PATIENCE_S = 20;
    private static final Map<String, Object> ORDER = Map.of("amount", 5);

    private final List<String> calls = new CopyOnWriteArrayList<>();

    @Test
    void a_step_is_given_the_input_and_the_results_that_it_depends_on() {
        SagaResult result = run(Sagas.named("order")
                .step("reserve", Map.class, (order, context) -> Map.of("reservation", "R-1"))
                .step("charge", Map.class, (order, context) -> Map.of("charged", order.get("amount") + " for " + order.get("reservation")))
                .dependsOn("reserve").build());

        assertEquals(SagaStatus.COMPLETED, result.status());
        assertEquals("5 for R-1", result.step("charge").result(Map.class).get("charged"));
    }

    @Test
    void a_value_wanted_or_given_as_text_is_its_json() {
        SagaResult result = run(Sagas.named("order").step("reserve", String.class, (order, context) -> order).build());

        assertEquals("{\"amount\":5}", result.step("reserve").result(String.class));
    }

    @Test
    void a_step_that_brings_a_stage_is_done_when_the_stage_is() {
        CompletableFuture<Map<String, String>> charged = new CompletableFuture<>();
        CompletableFuture<Void> begun = new CompletableFuture<>();
        try (SagaEngine engine = SagaEngine.builder().build()) {
            engine.register(Sagas.named("order").asyncStep("charge", Map.class, (order, context) -> {
                begun.complete(null);
                return charged;
            }).build());
            CompletableFuture<SagaResult> running = engine.execute("order", ORDER);
            begun.join();
            charged.complete(Map.of("id", "C-1"));

            assertEquals("C-1", get(running).step("charge").result(Map.class).get("id"));
        }
    }

    @Test
    void a_failed_step_is_retried_and_then_what_was_done_is_undone_with_its_result() {
        SagaResult result = run(Sagas.named("order")
                .step("reserve", Map.class, (order, context) -> Map.of("reservation", "R-1"))
                .compensate(Map.class, (reserved, context) -> calls.add("release " + reserved.get("reservation")))
                .step("charge", Map.class, (order, context) -> {
                    calls.add("charge " + context.attempt());
                    throw new IllegalStateException("Payment declined");
                }).dependsOn("reserve").retry(2).backoff(Duration.ZERO).build());

        assertEquals(List.of("charge 1", "charge 2", "release R-1"), calls);
        assertEquals(SagaStatus.COMPENSATED, result.status());
        assertEquals("Payment declined", result.error().orElseThrow().message());
        assertTrue(result.error().orElseThrow().traceback().contains("FluentSagaTest"));
    }

    @Test
    void a_compensation_may_bring_a_stage_too() {
        SagaResult result = run(Sagas.named("order")
                .step("reserve", Map.class, (order, context) -> null)
                .compensateAsync(Map.class, RetryPolicy.DEFAULT, (reserved, context) ->
                        CompletableFuture.runAsync(() -> calls.add("release")))
                .step("charge", Map.class, (order, context) -> {
                    throw new NonRetryableException("declined");
                }).dependsOn("reserve").build());

        assertEquals(List.of("release"), calls);
        assertEquals(List.of("reserve"), result.compensatedSteps());
    }

    @Test
    void a_compensation_is_not_given_up_for_what_it_returns() {
        SagaResult result = run(Sagas.named("order")
                .step("weigh", Map.class, (order, context) -> null)
                .compensateAsync(Map.class, RetryPolicy.DEFAULT, (weighed, context) -> CompletableFuture.completedFuture(new Object()))
                .step("reserve", Map.class, (order, context) -> null).dependsOn("weigh")
                .compensateAsync(Map.class, RetryPolicy.DEFAULT, (reserved, context) -> CompletableFuture.completedFuture(List.of()))
                .step("charge", Map.class, (order, context) -> {
                    throw new NonRetryableException("declined");
                }).dependsOn("reserve").build());

        assertEquals(List.of("reserve", "weigh"), result.compensatedSteps());
    }

    @Test
    void a_failed_stage_fails_its_attempt_with_what_it_failed_with() {
        SagaResult result = run(Sagas.named("order").asyncStep("charge", Map.class, (order, context) ->
                CompletableFuture.supplyAsync(() -> {
                    throw new NonRetryableException("declined");
                })).build());

        assertEquals("NonRetryableException", result.error().orElseThrow().type());
        assertEquals(1, result.step("charge").attempts());
    }

    @Test
    void an_error_fails_its_attempt_and_not_the_engine() {
        SagaResult result = run(Sagas.named("order").step("charge", Map.class, (order, context) -> {
            throw new StackOverflowError();
        }).retry(1).build());

        assertEquals("StackOverflowError", result.error().orElseThrow().type());
    }

    @Test
    void a_condition_that_says_no_skips_its_step() {
        SagaResult result = run(Sagas.named("order")
                .step("charge", Map.class, (order, context) -> null).condition(order -> order.containsKey("coupon")).build());

        assertEquals(StepStatus.SKIPPED, result.step("charge").status());
    }

    @Test
    void a_condition_that_throws_is_named() {
        SagaResult result = run(Sagas.named("order").step("charge", Map.class, (order, context) -> null).condition(order -> {
            throw new NonRetryableException("5");
        }).build());

        assertEquals("ConditionError", result.error().orElseThrow().type());
        assertEquals("Saga 'order': the condition of step 'charge' raised NonRetryableException.", result.error().orElseThrow().message());
    }

    @Test
    void context_values_reach_later_steps_and_so_do_results_by_step() {
        run(Sagas.named("order")
                .step("reserve", Map.class, (order, context) -> {
                    context.set("price", 1.10);
                    return Map.of("id", "R-1");
                })
                .step("charge", Map.class, (order, context) -> {
                    calls.add(context.get("price", Double.class).orElseThrow() + " " + context.result("reserve", Map.class).get("id")
                            + " " + context.get("amount", Integer.class).orElseThrow() + " " + context.get("none", String.class).isPresent()
                            + " " + context.input(String.class));
                    return null;
                }).dependsOn("reserve").build());

        assertEquals(List.of("1.1 R-1 5 false {\"amount\":5}"), calls);
    }

    @Test
    void a_result_that_a_step_can_not_see_is_refused_by_name_and_not_asked_for_again() {
        SagaResult result = run(Sagas.named("order")
                .step("charge", Map.class, (order, context) -> context.result("reserve", Map.class)).build());

        assertEquals(1, result.step("charge").attempts());
        assertEquals("Step 'charge' sees no result of 'reserve'. It sees the results of: none. Does it depend on 'reserve', and was "
                + "that one not skipped?", result.error().orElseThrow().message());
    }

    @Test
    void the_idempotency_key_is_the_same_for_every_attempt_and_another_for_the_compensation() {
        run(Sagas.named("order")
                .step("reserve", Map.class, (order, context) -> {
                    calls.add(context.idempotencyKey());
                    if (context.attempt() == 1) {
                        throw new IllegalStateException("once more");
                    }
                    return null;
                }).backoff(Duration.ZERO)
                .compensate(Map.class, (reserved, context) -> calls.add(context.idempotencyKey()))
                .step("charge", Map.class, (order, context) -> {
                    throw new NonRetryableException("declined");
                }).dependsOn("reserve").build());

        assertEquals(List.of("order-17:reserve", "order-17:reserve", "order-17:reserve:compensation"), calls);
    }

    @Test
    void a_result_that_no_codec_knows_fails_its_step_and_says_which_dependency_to_add() {
        SagaResult result = run(Sagas.named("order").step("charge", Map.class, (order, context) -> new Object()).build());

        String message = result.error().orElseThrow().message();
        assertTrue(message.startsWith("Saga 'order', step 'charge': what it returned can't be written as JSON: no codec is there for "
                + "java.lang.Object."), message);
        assertTrue(message.contains("dev.fireflytx:fireflytx-jackson"), message);
        assertEquals(1, result.step("charge").attempts());
    }

    @Test
    void events_reach_their_listeners_in_order() {
        List<String> events = new CopyOnWriteArrayList<>();
        try (SagaEngine engine = SagaEngine.builder().build()) {
            engine.onEvent(event -> {
                throw new IllegalStateException("a listener that fails");
            });
            engine.onEvent((SagaEvent event) -> events.add(event.eventType()));
            engine.register(Sagas.named("order").step("charge", Map.class, (order, context) -> null).events(EventOptions.to("orders")).build());
            get(engine.execute("order", ORDER));
        }

        assertEquals(List.of("charge.started", "charge.completed"), events);
    }

    @Test
    void a_person_is_told_of_a_saga_that_waits_and_completes_its_step() {
        CompletableFuture<String> parked = new CompletableFuture<>();
        try (SagaEngine engine = SagaEngine.builder().build()) {
            engine.onParked(saga -> parked.complete(saga.correlationId() + saga.steps()));
            engine.register(Sagas.named("order")
                    .step("pay", Map.class, (order, context) -> null).pivot()
                    .step("ship", Map.class, (order, context) -> {
                        throw new NonRetryableException("no truck");
                    }).dependsOn("pay").build());
            assertEquals(SagaStatus.PARKED, get(engine.execute("order", ORDER, StartOptions.id("order-17"))).status());
            assertEquals("order-17[ship]", get(parked));

            get(engine.decisionsOf("ann").completeStep("order-17", "ship", Map.of("truck", 7), "shipped by hand"));

            assertEquals(7, ((Number) get(engine.result("order-17")).step("ship").result(Map.class).get("truck")).intValue());
        }
    }

    @Test
    void code_of_another_version_than_the_runs_is_not_called() {
        ExecutableSaga saga = Sagas.named("order").version("2").step("charge", Map.class, (order, context) -> null).build();
        try (SagaEngine engine = SagaEngine.builder().build()) {
            engine.register(saga);
            engine.register(saga.definition().withVersion("1"));
            SagaResult result = get(engine.execute("order", ORDER));

            assertEquals(SagaStatus.PARKED, result.status());
            assertEquals("This run of saga 'order' began with version '1'; the registered saga has version '2'. Register that of the "
                    + "run's version, and retry.", result.step("charge").error().orElseThrow().message());
        }
    }

    @Test
    void a_saga_without_code_waits_for_a_person() {
        try (SagaEngine engine = SagaEngine.builder().build()) {
            engine.register(Sagas.named("order").step("charge", Map.class, (order, context) -> null).build().definition());

            assertEquals(SagaStatus.PARKED, get(engine.execute("order", ORDER)).status());
        }
    }

    @Test
    void another_saga_of_the_same_name_is_refused() {
        try (SagaEngine engine = SagaEngine.builder().build()) {
            engine.register(Sagas.named("order").build());
            ExecutableSaga another = Sagas.named("order").build();

            assertThrows(IllegalArgumentException.class, () -> engine.register(another));
        }
    }

    @Test
    void steps_run_in_the_callers_threads_and_no_more_at_once_than_was_said() {
        ExecutorService threads = Executors.newFixedThreadPool(2, work -> new Thread(work, "mine"));
        AtomicInteger running = new AtomicInteger();
        SagaBuilder saga = Sagas.named("order");
        for (String id : List.of("a", "b", "c", "d", "e")) {
            saga.step(id, Map.class, (order, context) -> {
                calls.add(Thread.currentThread().getName() + (running.incrementAndGet() <= 2));
                running.decrementAndGet();
                return null;
            });
        }
        try (SagaEngine engine = SagaEngine.builder().threads(threads, 2).build()) {
            engine.register(saga.build());
            get(engine.execute("order", ORDER));
        }
        threads.shutdown();

        assertEquals(List.of("minetrue", "minetrue", "minetrue", "minetrue", "minetrue"), calls);
    }

    @Test
    void steps_run_on_virtual_threads_where_the_jvm_has_them_and_else_on_daemons() {
        run(Sagas.named("order").step("charge", Map.class, (order, context) -> {
            calls.add(Thread.currentThread().isDaemon() + " " + Thread.currentThread().getName());
            return null;
        }).build());

        boolean hasVirtual = Runtime.version().feature() >= 21;
        assertEquals(List.of(hasVirtual ? "true " : "true fireflytx-step"), calls);
    }

    @Test
    void threads_that_take_nothing_more_fail_the_attempt() {
        try (SagaEngine engine = SagaEngine.builder().threads(work -> {
            throw new RejectedExecutionException("full");
        }, 1).build()) {
            engine.register(Sagas.named("order").step("charge", Map.class, (order, context) -> null).retry(1).build());

            assertEquals("RejectedExecutionException", get(engine.execute("order", ORDER)).error().orElseThrow().type());
        }
    }

    @Test
    void the_same_id_with_another_input_is_refused() {
        try (SagaEngine engine = SagaEngine.builder().build()) {
            engine.register(Sagas.named("order").build());
            get(engine.start("order", ORDER, StartOptions.id("order-17")));
            CompletableFuture<?> another = engine.start("order", Map.of("amount", 6), StartOptions.id("order-17"));

            Throwable refused = assertThrows(CompletionException.class, () -> get(another)).getCause();
            assertEquals(RefusedException.Code.ID_CONFLICT, ((RefusedException) refused).code());
        }
    }

    @Test
    void mistakes_are_found_when_the_saga_is_built() {
        StepBuilder<?> saga = Sagas.named("order").step("charge", Map.class, (order, context) -> null).dependsOn("reserv")
                .step("reserve", Map.class, (order, context) -> null);

        String message = assertThrows(InvalidDefinitionException.class, saga::build).getMessage();
        assertEquals("Saga 'order': step 'charge' depends on 'reserv', which is not defined. Did you mean 'reserve'? "
                + "Steps: charge, reserve.", message);
    }

    @Test
    void two_compensations_of_one_step_are_refused() {
        StepBuilder<?> step = Sagas.named("order").step("charge", Map.class, (order, context) -> null)
                .compensate(Map.class, (result, context) -> { });

        assertThrows(InvalidDefinitionException.class, () -> step.compensate(Map.class, (result, context) -> { }));
    }

    private static SagaResult run(ExecutableSaga saga) {
        try (SagaEngine engine = SagaEngine.builder().build()) {
            engine.register(saga);
            return get(engine.execute(saga.name(), ORDER, StartOptions.id("order-17")));
        }
    }

    private static <T> T get(CompletableFuture<T> future) {
        return future.orTimeout(PATIENCE_S, TimeUnit.SECONDS).join();
    }
}
