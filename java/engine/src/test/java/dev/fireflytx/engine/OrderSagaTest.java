package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.failure;
import static dev.fireflytx.engine.TestEngine.get;
import static dev.fireflytx.engine.TestEngine.step;
import static dev.fireflytx.engine.TestEngine.success;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.machine.Direction;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The guide's order saga, from its start to its end, through the public API. */
class OrderSagaTest {
    private static final SagaDefinition ORDER = SagaDefinition.of("order",
            StepDefinition.step("validate").build(),
            step("reserve", "validate").build(),
            step("charge", "reserve").build(),
            StepDefinition.step("confirm").dependsOn("charge").build());

    private final TestEngine test = new TestEngine(ORDER);

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void a_saga_whose_steps_all_succeed_completes() {
        test.executor.answerAll(task -> success("{\"" + task.attempt().step() + "\":1.10}"));

        SagaResult result = get(test.begin("order", "ord-1"));

        assertTrue(result.isSuccess());
        assertEquals("ord-1", result.correlationId());
        assertEquals("order", result.saga());
        assertEquals(Optional.empty(), result.error());
        assertEquals(List.of("validate", "reserve", "charge", "confirm"), ids(result));
    }

    @Test
    void a_steps_result_comes_back_as_it_was_written() {
        test.executor.answerAll(task -> success("{ \"price\" : 1.10, \"\\u0061\":-0.0 }"));

        SagaResult result = get(test.begin("order", "ord-1"));

        assertEquals(Optional.of("{ \"price\" : 1.10, \"\\u0061\":-0.0 }"), result.steps().get(0).result());
    }

    @Test
    void durations_are_measured_by_the_engines_clock() {
        CompletableFuture<SagaResult> running = test.begin("order", "ord-1");
        for (int step = 0; step < 4; step++) {
            test.pass(100 * (step + 1));
            test.succeed(test.executor.next());
        }

        SagaResult result = get(running);

        assertEquals(1_000, result.durationMs());
        assertEquals(List.of(100L, 200L, 300L, 400L), result.steps().stream().map(StepResult::durationMs).toList());
    }

    @Test
    void a_step_is_given_the_sagas_input_overlaid_with_the_results_that_it_can_see() {
        test.executor.answer("validate", Direction.FORWARD, task -> success("{\"total\":2.50}"));
        test.executor.answer("reserve", Direction.FORWARD, task -> success("{\"a\":9,\"reservation\":\"R-1\"}"));
        test.engine.execute(new StartRequest("order", "ord-1", "{\"a\":1,\"b\":2}"));

        Task charge = test.executor.next();

        assertEquals("{\"a\":9,\"b\":2,\"reservation\":\"R-1\",\"total\":2.50}", charge.data());
        assertEquals("{\"a\":1,\"b\":2}", charge.input());
        assertEquals(List.of("reserve", "validate"), charge.results().stream().map(Task.StepValue::step).toList());
    }

    @Test
    void a_declined_payment_undoes_what_was_done_with_its_result() {
        test.executor.answer("validate", Direction.FORWARD, task -> success("{}"));
        test.executor.answer("reserve", Direction.FORWARD, task -> success("{\"reservation\":\"R-1\"}"));
        test.executor.answer("charge", Direction.FORWARD, task -> failure("Payment declined"));
        CompletableFuture<SagaResult> running = test.begin("order", "ord-1");

        Task release = test.executor.next();
        test.succeed(release);
        SagaResult result = get(running);

        assertEquals("{\"reservation\":\"R-1\"}", release.data());
        assertEquals(Direction.BACKWARD, release.attempt().direction());
        assertEquals(SagaStatus.COMPENSATED, result.status());
        assertFalse(result.isSuccess());
        assertEquals(Optional.of("charge"), result.failedStep());
        assertEquals("Payment declined", result.error().orElseThrow().message());
        assertEquals(List.of("reserve"), result.compensatedSteps());
        assertEquals(List.of("validate", "reserve", "charge"), ids(result));
        assertEquals(List.of(StepStatus.COMPLETED, StepStatus.COMPENSATED, StepStatus.FAILED),
                result.steps().stream().map(StepResult::status).toList());
    }

    @Test
    void a_compensation_that_fails_for_good_is_told_in_the_result() {
        test.executor.answerAll(task -> task.attempt().step().equals("charge") || isUndoing(task)
                ? failure("no") : success("{}"));

        SagaResult result = get(test.begin("order", "ord-1"));

        assertEquals(SagaStatus.COMPENSATION_FAILED, result.status());
        assertEquals(List.of("reserve"), result.failedCompensations());
    }

    @Test
    void a_retry_follows_after_its_pause_and_counts_in_the_result() {
        test.engine.register(SagaDefinition.of("retry", step("a").policy(TestEngine.attempts(2)).build()));
        CompletableFuture<SagaResult> running = test.begin("retry", "r-1");
        test.report(test.executor.next(), failure("not yet"));
        assertEquals(List.of(), test.executor.waiting());

        test.pass(50);
        test.succeed(test.executor.next());

        assertEquals(2, get(running).steps().get(0).attempts());
    }

    @Test
    void a_step_whose_condition_says_no_is_skipped() {
        test.engine.register(SagaDefinition.of("sale", step("discount").conditional(true).build()));
        test.executor.answer("discount", Direction.CONDITION, task -> new Outcome.Verdict(false));

        SagaResult result = get(test.begin("sale", "s-1"));

        assertEquals(StepStatus.SKIPPED, result.steps().get(0).status());
        assertEquals(0, result.steps().get(0).attempts());
    }

    @Test
    void a_saga_without_steps_completes_at_once() {
        test.engine.register(SagaDefinition.of("nothing"));

        assertEquals(SagaStatus.COMPLETED, get(test.begin("nothing", "n-1")).status());
    }

    private static boolean isUndoing(Task task) {
        return task.attempt().direction() == Direction.BACKWARD;
    }

    private static List<String> ids(SagaResult result) {
        return result.steps().stream().map(StepResult::step).toList();
    }
}
