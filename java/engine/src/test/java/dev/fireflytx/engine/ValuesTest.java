package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.get;
import static dev.fireflytx.engine.TestEngine.step;
import static dev.fireflytx.engine.TestEngine.success;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.machine.Direction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What comes from an executor is looked at before it is believed, and a value that can't be used fails its own step alone. */
class ValuesTest {
    private static final SagaDefinition CHAIN = SagaDefinition.of("chain",
            step("a").policy(TestEngine.attempts(3)).build(), step("b", "a").build(), step("c", "b").build());
    private static final SagaDefinition SALE = SagaDefinition.of("sale", step("discount").conditional(true).build());

    private final TestEngine test = new TestEngine(CHAIN, SALE);

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void a_result_that_is_no_object_fails_its_step_without_a_retry() {
        assertEquals("The result of step 'a' can't be used: expected a JSON object", errorWhenReturns("[1]"));
    }

    @Test
    void a_result_that_is_not_json_fails_its_step_without_a_retry() {
        assertEquals("The result of step 'a' can't be used: not valid JSON at character 5: expected a value",
                errorWhenReturns("{\"x\":}"));
    }

    @Test
    void a_result_that_names_a_member_twice_fails_its_step_without_a_retry() {
        assertEquals("The result of step 'a' can't be used: the member 'a' occurs twice",
                errorWhenReturns("{\"a\":1,\"\\u0061\":2}"));
    }

    @Test
    void a_result_over_the_limit_fails_its_step_with_its_name_and_size() {
        assertEquals("The result of step 'a' is 1208 bytes of JSON, over the limit of 1000 bytes",
                errorWhenReturns("{\"x\":\"" + "ä".repeat(600) + "\"}"));
    }

    @Test
    void a_context_value_over_the_limit_is_named() {
        test.executor.answer("a", Direction.FORWARD,
                task -> new Outcome.Succeeded("{}", "{\"big\":\"" + "x".repeat(1_000) + "\"}"));

        assertEquals("The context value 'big' of step 'a' is 1002 bytes of JSON, over the limit of 1000 bytes",
                errorOf(get(test.begin("chain", "i-1"))));
    }

    @Test
    void context_writes_that_are_no_object_fail_their_step() {
        test.executor.answer("a", Direction.FORWARD, task -> new Outcome.Succeeded("{}", "7"));

        assertEquals("The context of step 'a' can't be used: expected a JSON object", errorOf(get(test.begin("chain", "i-1"))));
    }

    @Test
    void a_merged_input_over_the_limit_fails_the_step_that_would_get_it() {
        test.executor.answer("a", Direction.FORWARD, task -> success("{\"x\":\"" + "x".repeat(600) + "\"}"));
        test.executor.answer("b", Direction.FORWARD, task -> success("{\"y\":\"" + "y".repeat(600) + "\"}"));
        test.executor.answer("b", Direction.BACKWARD, task -> success("{}"));
        test.executor.answer("a", Direction.BACKWARD, task -> success("{}"));

        SagaResult result = get(test.begin("chain", "i-1"));

        assertEquals("c", result.failedStep().orElseThrow());
        assertEquals("The merged input of step 'c' is 1215 bytes of JSON, over the limit of 1000 bytes", errorOf(result));
    }

    @Test
    void a_condition_that_gives_a_result_fails_its_step() {
        test.executor.answer("discount", Direction.CONDITION, task -> success("{}"));

        assertEquals("The condition of step 'discount' gave a result, where true or false was wanted",
                errorOf(get(test.begin("sale", "i-1"))));
    }

    @Test
    void a_step_that_gives_a_verdict_fails() {
        test.executor.answer("a", Direction.FORWARD, task -> new Outcome.Verdict(true));

        assertEquals("Step 'a' gave a verdict, where a result was wanted", errorOf(get(test.begin("chain", "i-1"))));
    }

    @Test
    void context_writes_are_merged_in_the_order_in_which_they_came() {
        test.executor.answer("a", Direction.FORWARD, task -> new Outcome.Succeeded("{}", "{\"k\":1,\"l\":[1.10]}"));
        test.executor.answer("b", Direction.FORWARD, task -> new Outcome.Succeeded("{}", "{\"k\":2}"));
        test.begin("chain", "i-1");

        assertEquals("{\"k\":2,\"l\":[1.10]}", test.executor.next().context());
    }

    @Test
    void a_retry_sees_what_the_failed_attempt_wrote() {
        test.begin("chain", "i-1");
        test.report(test.executor.next(), new Outcome.Failed(SagaError.of("E", ""), true, "{\"seen\":true}"));

        test.pass(100);

        assertEquals("{\"seen\":true}", test.executor.next().context());
    }

    @Test
    void a_stopped_attempts_writes_are_kept_for_its_compensation() {
        test.begin("chain", "i-1");
        Task forward = test.executor.next();
        get(test.engine.cancel("i-1", ""));
        test.report(forward, new Outcome.Ended("{\"half\":1}"));

        assertEquals("{\"half\":1}", test.executor.next().context());
    }

    @Test
    void a_step_in_doubt_is_undone_without_a_result() {
        test.begin("chain", "i-1");
        Task forward = test.executor.next();
        get(test.engine.cancel("i-1", ""));
        test.report(forward, new Outcome.Ended("{}"));

        Task undo = test.executor.next();

        assertEquals("{}", undo.data());
        assertEquals(true, undo.inDoubt());
    }

    private String errorWhenReturns(String result) {
        test.executor.answer("a", Direction.FORWARD, task -> success(result));
        SagaResult ended = get(test.begin("chain", "i-1"));
        assertEquals(1, ended.steps().get(0).attempts());
        assertFalse(ended.isSuccess());
        return errorOf(ended);
    }

    private static String errorOf(SagaResult result) {
        return result.error().orElseThrow().message();
    }
}
