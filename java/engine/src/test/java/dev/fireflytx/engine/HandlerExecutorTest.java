package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.definition.CompensationDefinition;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.json.JsonException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Sagas of a plain JVM application, end to end. */
class HandlerExecutorTest {
    private static final RetryPolicy AT_ONCE = new RetryPolicy(3, 5_000, 0);
    private static final Executor SAME_THREAD = Runnable::run;
    private static final SagaDefinition ORDER = SagaDefinition.of("order",
            StepDefinition.step("reserve").takesContext(true).policy(AT_ONCE)
                    .compensation(new CompensationDefinition(StepKind.COROUTINE, true, AT_ONCE)).build(),
            StepDefinition.step("charge").dependsOn("reserve").takesContext(true).conditional(true).policy(AT_ONCE).build());

    @Test
    void a_sagas_steps_run_as_handlers_in_threads() {
        ExecutorService threads = Executors.newCachedThreadPool();
        SagaResult result = run(HandlerExecutor.builder(threads)
                .step("order", "reserve", call -> "{\"reservation\":\"R-1\"}")
                .condition("order", "charge", call -> call.data().contains("R-1"))
                .step("order", "charge", call -> "{\"charged\":true}"));
        threads.shutdown();

        assertEquals(SagaStatus.COMPLETED, result.status());
        assertEquals("{\"charged\":true}", result.steps().get(1).result().orElseThrow());
    }

    @Test
    void a_failed_step_is_retried_and_then_what_was_done_is_undone() {
        List<String> calls = new CopyOnWriteArrayList<>();
        SagaResult result = run(HandlerExecutor.builder(SAME_THREAD)
                .step("order", "reserve", call -> "{\"reservation\":\"R-1\"}")
                .compensation("order", "reserve", call -> {
                    calls.add("release " + call.data());
                    return null;
                })
                .condition("order", "charge", call -> true)
                .step("order", "charge", call -> {
                    calls.add("charge " + call.attempt().number());
                    throw new IllegalStateException("Payment declined");
                }));

        assertEquals(List.of("charge 1", "charge 2", "charge 3", "release {\"reservation\":\"R-1\"}"), calls);
        assertEquals(SagaStatus.COMPENSATED, result.status());
        assertEquals("IllegalStateException", result.error().orElseThrow().type());
        assertEquals("Payment declined", result.error().orElseThrow().message());
        assertTrue(result.error().orElseThrow().traceback().contains("HandlerExecutorTest"));
    }

    @Test
    void a_failure_that_is_not_worth_a_retry_gets_none() {
        AtomicInteger attempts = new AtomicInteger();
        run(HandlerExecutor.builder(SAME_THREAD).step("order", "reserve", call -> {
            attempts.incrementAndGet();
            throw new NonRetryableException("no such product");
        }));

        assertEquals(1, attempts.get());
    }

    @Test
    void an_error_fails_its_attempt_and_not_the_engine() {
        SagaResult result = run(HandlerExecutor.builder(SAME_THREAD).step("order", "reserve", call -> {
            throw new StackOverflowError();
        }));

        assertEquals("StackOverflowError", result.error().orElseThrow().type());
    }

    @Test
    void context_values_reach_later_steps() {
        List<String> seen = new CopyOnWriteArrayList<>();
        run(HandlerExecutor.builder(SAME_THREAD)
                .step("order", "reserve", call -> {
                    call.setContext("ids", " [1.10] ");
                    return null;
                })
                .condition("order", "charge", call -> true)
                .step("order", "charge", call -> {
                    seen.add(call.context() + call.input() + call.results().size());
                    return null;
                }));

        assertEquals(List.of("{\"ids\":[1.10]}{\"amount\":5}1"), seen);
    }

    @Test
    void a_context_value_that_is_not_json_fails_the_call_that_sets_it() {
        StepCall call = new StepCall(new Task(
                null, "order", Optional.empty(), StepKind.COROUTINE, "{}", "{}", List.of(), "{}", true, false, 1));

        assertThrows(JsonException.class, () -> call.setContext("k", "1 2"));
    }

    @Test
    void the_idempotency_key_is_the_same_for_every_attempt_and_another_for_the_compensation() {
        List<String> keys = new CopyOnWriteArrayList<>();
        run(HandlerExecutor.builder(SAME_THREAD)
                .step("order", "reserve", call -> {
                    keys.add(call.idempotencyKey());
                    if (call.attempt().number() == 1) {
                        throw new IllegalStateException("once more");
                    }
                    return null;
                })
                .compensation("order", "reserve", call -> {
                    keys.add(call.idempotencyKey());
                    return null;
                })
                .condition("order", "charge", call -> {
                    throw new IllegalStateException("can't tell");
                }));

        assertEquals(List.of("order-17:reserve", "order-17:reserve", "order-17:reserve:compensation"), keys);
    }

    @Test
    void a_step_without_a_handler_waits_for_a_person_and_is_named() {
        SagaResult result = run(HandlerExecutor.builder(SAME_THREAD));

        assertEquals(SagaStatus.PARKED, result.status());
        assertEquals("Step 'reserve' has no handler in this HandlerExecutor. Add one with its builder, and retry.",
                result.steps().get(0).error().orElseThrow().message());
    }

    @Test
    void a_compensation_without_a_handler_waits_for_a_person() {
        SagaResult result = run(HandlerExecutor.builder(SAME_THREAD).step("order", "reserve", call -> null)
                .condition("order", "charge", call -> {
                    throw new IllegalStateException("can't tell");
                }));

        assertEquals(SagaStatus.COMPENSATION_FAILED, result.status());
    }

    @Test
    void handlers_of_the_runs_version_are_called() {
        SagaResult result = run(ORDER.withVersion("1"), HandlerExecutor.builder(SAME_THREAD).version("order", "1")
                .step("order", "reserve", call -> null).condition("order", "charge", call -> false));

        assertEquals(SagaStatus.COMPLETED, result.status());
    }

    @Test
    void handlers_of_another_version_than_the_runs_are_not_called() {
        SagaResult result = run(ORDER.withVersion("1"), HandlerExecutor.builder(SAME_THREAD).version("order", "2")
                .step("order", "reserve", call -> null));

        assertEquals(SagaStatus.PARKED, result.status());
        assertEquals("This run of saga 'order' began with version '1'; the handlers of this HandlerExecutor have version '2'. "
                + "Bring those of the run's version back, and retry.", result.steps().get(0).error().orElseThrow().message());
    }

    @Test
    void handlers_without_a_version_are_not_called_for_a_run_that_has_one() {
        SagaResult result = run(ORDER.withVersion("1"), HandlerExecutor.builder(SAME_THREAD).step("order", "reserve", call -> null));

        assertEquals(SagaStatus.PARKED, result.status());
    }

    @Test
    void an_executor_that_takes_nothing_more_fails_the_attempt() {
        SagaResult result = run(HandlerExecutor.builder(work -> {
            throw new RejectedExecutionException("full");
        }).step("order", "reserve", call -> null));

        assertEquals("RejectedExecutionException", result.error().orElseThrow().type());
    }

    @Test
    void its_capacity_is_what_was_asked_for_and_else_without_limit() {
        HandlerExecutor handlers = HandlerExecutor.builder(SAME_THREAD).capacity(StepKind.THREAD, 2).build();

        assertEquals(2, handlers.capacity(StepKind.THREAD));
        assertEquals(Integer.MAX_VALUE, handlers.capacity(StepKind.COROUTINE));
    }

    @Test
    void two_handlers_for_one_step_are_refused() {
        HandlerExecutor.Builder builder = HandlerExecutor.builder(SAME_THREAD).step("order", "reserve", call -> null);

        assertThrows(IllegalArgumentException.class, () -> builder.step("order", "reserve", call -> null));
    }

    private static SagaResult run(HandlerExecutor.Builder handlers) {
        return run(ORDER, handlers);
    }

    private static SagaResult run(SagaDefinition saga, HandlerExecutor.Builder handlers) {
        try (SagaEngine engine = SagaEngine.builder().executor(handlers.build()).build()) {
            engine.register(saga);
            return get(engine.execute(new StartRequest("order", "order-17", "{\"amount\":5}")));
        }
    }
}
