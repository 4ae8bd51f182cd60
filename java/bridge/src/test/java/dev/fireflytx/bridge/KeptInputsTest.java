package dev.fireflytx.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.json.JsonObject;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Large inputs, which Python keeps so that they need not cross with each task. */
class KeptInputsTest {
    private static final String STEP = "\"kind\":\"coroutine\",\"takes_context\":false,\"retry\":1,\"timeout_ms\":30000,\"backoff_ms\":0";
    private static final String WATCHER = "\"kind\":\"coroutine\",\"takes_context\":true,\"retry\":1,\"timeout_ms\":30000,\"backoff_ms\":0";
    private static final String PAIR = "{\"name\":\"pair\",\"steps\":[{\"id\":\"a\",\"depends_on\":[]," + STEP + ",\"compensation\":{" + WATCHER + "}},"
            + "{\"id\":\"b\",\"depends_on\":[\"a\"]," + WATCHER + "}]}";
    private static final String INPUT = "{\"scan\":\"xyz\",\"n\":1.10}";

    private final EngineGateway gateway = new EngineGateway(why -> { });
    private final TestSession session = TestSession.begin(gateway, PAIR);
    private int kept;

    @Test
    void a_task_brings_only_what_lies_over_an_input_that_is_kept() {
        start("i-1", INPUT);
        JsonObject first = session.next("task");
        succeed(first, "{\"n\":2,\"m\":3}");
        JsonObject second = session.next("task");

        assertEquals("{}", first.raw("data"));
        assertEquals("{\"n\":2,\"m\":3}", second.raw("data"));
        assertEquals(1, first.number("on_input"));
        assertEquals(1, second.number("on_input"));
        assertFalse(second.has("input"));
    }

    @Test
    void a_compensation_brings_its_own_data_and_leaves_the_input_out() {
        start("i-1", INPUT);
        succeed(session.next("task"), "{\"m\":3}");
        session.send("{\"type\":\"outcome\",\"attempt\":" + session.next("task").raw("attempt") + ",\"outcome\":\"failed\",\"writes\":{},"
                + "\"error\":{\"type\":\"ValueError\",\"message\":\"no\",\"traceback\":\"\",\"retryable\":false}}");

        JsonObject undo = session.next("task");

        assertEquals("{\"m\":3}", undo.raw("data"));
        assertTrue(undo.has("on_input"));
        assertFalse(undo.has("input"));
    }

    @Test
    void an_input_that_python_has_dropped_comes_with_the_task_and_all_later_ones() {
        start("i-1", INPUT);
        succeed(session.next("task"), "{\"n\":2,\"m\":3}");
        JsonObject task = session.next("task");
        session.send("{\"type\":\"need-input\",\"attempt\":" + task.raw("attempt") + "}");

        JsonObject again = session.next("task");

        assertEquals(task.raw("attempt"), again.raw("attempt"));
        assertEquals("{\"scan\":\"xyz\",\"n\":2,\"m\":3}", again.raw("data"));
        assertEquals(INPUT, again.raw("input"));
        assertFalse(again.has("on_input"));
    }

    @Test
    void an_input_with_another_text_than_that_of_the_run_is_not_what_python_keeps() {
        session.send("{\"type\":\"start\",\"request\":1,\"saga\":\"pair\",\"correlation_id\":\"i-1\",\"input\":" + INPUT + ",\"watch\":false}");
        JsonObject first = session.next("task");
        start("i-1", "{\"n\":1.10,\"scan\":\"xyz\"}"); // the same input: it joins

        succeed(first, "{}");

        assertEquals(INPUT, session.next("task").raw("data"));
    }

    @Test
    void a_refused_start_of_another_input_does_not_take_the_place_of_what_is_kept() {
        start("i-1", INPUT);
        JsonObject first = session.next("task");
        start("i-1", "{\"another\":1}");
        assertEquals("id-conflict", session.next("refused").string("code"));

        succeed(first, "{}");

        assertEquals(1, session.next("task").number("on_input"));
    }

    @Test
    void an_attempt_that_was_told_to_stop_before_it_had_its_input_is_told_again() {
        start("i-1", INPUT);
        JsonObject task = session.next("task");
        session.send("{\"type\":\"cancel\",\"request\":2,\"correlation_id\":\"i-1\",\"reason\":\"\"}");
        session.next("cancel");
        session.send("{\"type\":\"need-input\",\"attempt\":" + task.raw("attempt") + "}");

        assertEquals(task.raw("attempt"), session.next("task").raw("attempt"));
        assertEquals(task.raw("attempt"), session.next("cancel").raw("attempt"));
    }

    @Test
    void the_next_session_has_kept_nothing() {
        start("i-1", INPUT);
        session.next("task");
        session.awaitDurable();

        TestSession next = TestSession.open(gateway, "s2");
        next.send("{\"type\":\"recover\"}");

        assertEquals(INPUT, next.next("task").raw("data"));
    }

    @Test
    void python_is_told_when_a_run_has_ended_whose_input_it_keeps() {
        start("i-1", INPUT);
        succeed(session.next("task"), "{}");
        succeed(session.next("task"), "{}");

        assertEquals(1, session.next("forget").number("input"));
    }

    @Test
    void inputs_beyond_a_limit_cross_again() {
        KeptInputs kept = new KeptInputs();
        String large = "x".repeat(20 << 20);
        kept.add("old", 1, large);
        kept.add("new", 2, large);

        assertEquals(OptionalLong.empty(), kept.find("old", large));
        assertEquals(OptionalLong.of(2), kept.find("new", large));
        assertEquals(OptionalLong.empty(), kept.find("new", large + "x"));
        assertEquals(OptionalLong.of(2), kept.remove("new"));
        assertEquals(OptionalLong.empty(), kept.remove("new"));
    }

    private void start(String id, String input) {
        session.send("{\"type\":\"start\",\"request\":1,\"saga\":\"pair\",\"correlation_id\":\"" + id + "\",\"input\":" + input
                + ",\"kept\":" + ++kept + ",\"watch\":false}");
    }

    private void succeed(JsonObject task, String result) {
        session.send("{\"type\":\"outcome\",\"attempt\":" + task.raw("attempt") + ",\"outcome\":\"succeeded\",\"result\":" + result + ",\"writes\":{}}");
    }
}
