package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.get;
import static dev.fireflytx.engine.TestEngine.refusal;
import static dev.fireflytx.engine.TestEngine.step;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.machine.Resolution;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallsTest {
    private static final SagaDefinition ONE = SagaDefinition.of("one", step("a").build());
    private static final SagaDefinition OTHER = SagaDefinition.of("other", step("a").build());
    private static final SagaDefinition PIVOTED = SagaDefinition.of("pivoted",
            StepDefinition.step("p").pivot(true).build(), StepDefinition.step("after").dependsOn("p").build());

    private final TestEngine test = new TestEngine(ONE, OTHER, PIVOTED);

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void a_start_answers_with_the_id_while_the_saga_runs() {
        assertEquals("i-1", get(test.engine.start(new StartRequest("one", "i-1", "{}"))));
        assertEquals(SagaStatus.RUNNING, test.status("i-1"));
    }

    @Test
    void the_same_start_again_joins_the_first_run_whatever_the_order_of_the_keys() {
        CompletableFuture<SagaResult> first = test.engine.execute(new StartRequest("one", "i-1", "{\"a\":1,\"b\":[2]}"));
        CompletableFuture<SagaResult> second =
                test.engine.execute(new StartRequest("one", "i-1", "{ \"b\": [2], \"\\u0061\": 1 }"));
        test.succeed(test.executor.next());

        assertEquals(get(first), get(second));
        assertEquals(List.of(), test.executor.waiting());
    }

    @Test
    void the_same_start_after_the_end_gets_the_first_runs_result() {
        CompletableFuture<SagaResult> first = test.begin("one", "i-1");
        test.succeed(test.executor.next());

        assertEquals(get(first), get(test.begin("one", "i-1")));
    }

    @Test
    void a_start_in_the_very_turn_in_which_the_first_run_ends_joins_it() {
        test.begin("one", "i-1");
        Task last = test.executor.next();
        List<CompletableFuture<SagaResult>> again = new ArrayList<>();

        test.inOneTurn(() -> {
            test.executor.report(last, TestEngine.success("{}"));
            again.add(test.engine.execute(new StartRequest("one", "i-1", "{}")));
        });

        assertEquals(SagaStatus.COMPLETED, get(again.get(0)).status());
        assertEquals(List.of(), test.executor.waiting());
    }

    @Test
    void a_run_keeps_the_version_that_it_began_with() {
        test.engine.register(SagaDefinition.of("versioned", step("a").build(), step("b", "a").build()).withVersion("1"));
        test.begin("versioned", "i-1");
        Task first = test.executor.next();
        test.engine.register(SagaDefinition.of("versioned", step("a").build()).withVersion("2"));

        test.succeed(first);

        assertEquals(Optional.of("1"), test.executor.next().version());
    }

    @Test
    void an_id_with_another_input_is_refused() {
        test.begin("one", "i-1");

        RefusedException refused = refusal(test.engine.start(new StartRequest("one", "i-1", "{\"a\":1}")));

        assertEquals(RefusedException.Code.ID_CONFLICT, refused.code());
        assertTrue(refused.getMessage().contains("'i-1'"), refused.getMessage());
    }

    @Test
    void an_input_that_came_with_a_hash_is_known_again_by_that_alone() {
        test.engine.start(new StartRequest("one", "i-1", "{\"a\":\"first text\"}", 0, "{}", "hash-1", false));

        assertEquals("i-1", get(test.engine.start(new StartRequest("one", "i-1", "{\"a\":\"other text\"}", 0, "{}", "hash-1", false))));
        assertEquals(RefusedException.Code.ID_CONFLICT,
                refusal(test.engine.start(new StartRequest("one", "i-1", "{\"a\":\"first text\"}", 0, "{}", "hash-2", false))).code());
        assertEquals(RefusedException.Code.ID_CONFLICT,
                refusal(test.engine.start(new StartRequest("one", "i-1", "{\"a\":\"first text\"}"))).code());
    }

    @Test
    void a_hash_that_no_journal_should_hold_is_refused() {
        assertEquals(RefusedException.Code.MALFORMED,
                assertThrows(RefusedException.class, () -> new StartRequest("one", "i-1", "{}", 0, "{}", "line\nbreak", false)).code());
    }

    @Test
    void an_id_with_another_saga_is_refused_and_the_owner_named() {
        test.begin("one", "i-1");

        RefusedException refused = refusal(test.engine.start(new StartRequest("other", "i-1", "{}")));

        assertEquals(RefusedException.Code.ID_CONFLICT, refused.code());
        assertTrue(refused.getMessage().contains("'one'"), refused.getMessage());
    }

    @Test
    void an_unknown_saga_is_refused_and_the_known_ones_named() {
        RefusedException refused = refusal(test.engine.start(new StartRequest("onne", "i-1", "{}")));

        assertEquals(RefusedException.Code.UNKNOWN_SAGA, refused.code());
        assertTrue(refused.getMessage().contains("one, other, pivoted"), refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\nb", "\u009b31m", "too long"})
    void an_id_that_is_no_short_printable_text_is_refused(String id) {
        String tried = id.equals("too long") ? "i".repeat(201) : id;

        RefusedException refused = assertThrows(RefusedException.class, () -> new StartRequest("one", tried, "{}"));

        assertEquals(RefusedException.Code.MALFORMED, refused.code());
    }

    @Test
    void a_reason_with_control_characters_is_refused() {
        RefusedException refused = assertThrows(RefusedException.class,
                () -> new ResolveRequest("i-1", "a", Resolution.FAIL_STEP, "ann", "so\nWARNING: forged"));

        assertEquals(RefusedException.Code.MALFORMED, refused.code());
    }

    @Test
    void an_input_that_is_no_object_is_refused() {
        RefusedException refused = refusal(test.engine.start(new StartRequest("one", "i-1", "[1]")));

        assertEquals(RefusedException.Code.MALFORMED, refused.code());
        assertTrue(refused.getMessage().contains("'one'"), refused.getMessage());
    }

    @Test
    void an_input_over_the_limit_is_refused_with_its_size() {
        String input = "{\"a\":\"" + "x".repeat(2_000) + "\"}";

        RefusedException refused = refusal(test.engine.start(new StartRequest("one", "i-1", input)));

        assertTrue(refused.getMessage().contains("2008 bytes"), refused.getMessage());
    }

    @Test
    void a_start_without_an_id_is_refused_where_it_is_made() {
        assertThrows(RefusedException.class, () -> new StartRequest("one", "", "{}"));
    }

    @Test
    void an_unknown_id_is_refused_by_every_call_that_names_one() {
        for (CompletableFuture<?> call : List.of(
                test.engine.get("nobody"), test.engine.result("nobody"), test.engine.cancel("nobody", ""))) {
            assertEquals(RefusedException.Code.UNKNOWN_ID, refusal(call).code());
        }
    }

    @Test
    void get_tells_how_a_saga_stands_from_its_start_to_its_end() {
        List<SagaStatus> seen = new ArrayList<>();
        test.begin("one", "i-1");
        seen.add(test.status("i-1"));
        get(test.engine.cancel("i-1", ""));
        seen.add(test.status("i-1"));
        test.report(test.executor.next(), new Outcome.Failed(SagaError.of("E", ""), true, "{}"));
        seen.add(test.status("i-1"));

        assertEquals(List.of(SagaStatus.RUNNING, SagaStatus.COMPENSATING, SagaStatus.COMPENSATED), seen);
    }

    @Test
    void result_waits_for_the_end_of_a_saga_that_somebody_else_started() {
        test.begin("one", "i-1");
        CompletableFuture<SagaResult> watching = test.engine.result("i-1");
        test.settle();
        assertFalse(watching.isDone());

        test.succeed(test.executor.next());

        assertEquals(SagaStatus.COMPLETED, get(watching).status());
    }

    @Test
    void cancelling_stops_what_runs_and_undoes_it_if_it_succeeded_all_the_same() {
        CompletableFuture<SagaResult> running = test.begin("one", "i-1");
        Task forward = test.executor.next();

        assertTrue(get(test.engine.cancel("i-1", "the customer left")));
        assertEquals(StopReason.SAGA_CANCELLED, test.executor.nextStop().reason());
        test.succeed(forward);
        test.succeed(test.executor.next());

        SagaResult result = get(running);
        assertEquals(List.of("a"), result.compensatedSteps());
        assertEquals("Saga cancelled: the customer left", result.error().orElseThrow().message());
    }

    @Test
    void cancelling_again_says_again_that_it_is_cancelled() {
        test.begin("one", "i-1");
        get(test.engine.cancel("i-1", ""));

        assertTrue(get(test.engine.cancel("i-1", "")));
    }

    @Test
    void cancelling_after_the_end_says_that_it_changed_nothing() {
        test.begin("one", "i-1");
        test.succeed(test.executor.next());

        assertFalse(get(test.engine.cancel("i-1", "")));
    }

    @Test
    void cancelling_after_the_pivot_is_refused_and_the_pivot_named() {
        test.begin("pivoted", "i-1");
        test.succeed(test.executor.next());

        RefusedException refused = refusal(test.engine.cancel("i-1", ""));

        assertEquals(RefusedException.Code.PIVOT_PASSED, refused.code());
        assertTrue(refused.getMessage().contains("'p'"), refused.getMessage());
    }

    @Test
    void cancelling_an_ended_saga_with_a_pivot_just_says_no() {
        test.begin("pivoted", "i-1");
        test.succeed(test.executor.next());
        test.succeed(test.executor.next());

        assertFalse(get(test.engine.cancel("i-1", "")));
    }

    @Test
    void a_closed_engine_refuses_every_call() {
        test.engine.close();

        assertEquals(RefusedException.Code.CLOSING, refusal(test.engine.get("i-1")).code());
        assertEquals(RefusedException.Code.CLOSING, refusal(test.engine.start(new StartRequest("one", "i-1", "{}"))).code());
    }

    @Test
    void closing_answers_those_who_wait_for_an_end() {
        CompletableFuture<SagaResult> running = test.begin("one", "i-1");

        test.engine.close();

        TestEngine.failure(OutcomeUnknownException.class, running);
    }

    @Test
    void an_engine_can_be_closed_from_its_own_thread() {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        test.engine.whenDurable(() -> {
            test.engine.close();
            closed.complete(null);
        });

        get(closed);
    }

    @Test
    void a_caller_whose_executor_is_closed_is_answered_all_the_same() {
        try (SagaEngine engine = SagaEngine.builder().executor(new ScriptedExecutor()).callbacks(work -> {
            throw new RejectedExecutionException("closed");
        }).build()) {
            assertEquals(RefusedException.Code.UNKNOWN_ID, refusal(engine.get("nobody")).code());
        }
    }

    @Test
    void an_engine_with_both_an_executor_and_threads_is_not_built() {
        SagaEngineBuilder builder = SagaEngine.builder().executor(new ScriptedExecutor()).threads(Runnable::run, 1);

        assertThrows(IllegalStateException.class, builder::build);
    }
}
