package dev.fireflytx.bridge;

import static dev.fireflytx.bridge.TestSession.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.json.JsonObject;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The session between the two processes, call by call. */
class EngineGatewayTest {
    private static final long LONG_MS = 1_000;
    private static final long SHORT_MS = 30;
    private static final String ONE = "{\"name\":\"one\",\"steps\":[{\"id\":\"a\"}]}";
    private static final String UNDOABLE =
            "{\"name\":\"undoable\",\"steps\":[{\"id\":\"a\",\"retry\":1,\"compensation\":{}}]}";

    @TempDir
    private Path folder;

    private final EngineGateway gateway = new EngineGateway(LONG_MS, failure -> { });

    @Test
    void hello_is_answered_with_what_the_protocol_lists() {
        JsonObject answer = JsonObject.split(gateway.hello("{\"protocol\":1,\"session\":\"s1\"}"));

        JsonObject vector = Vectors.all("hello.json").stream()
                .filter(each -> each.string("name").equals("the answer to a hello")).findFirst().orElseThrow();
        assertEquals(List.copyOf(JsonObject.split(vector.string("text")).members().keySet()),
                List.copyOf(answer.members().keySet()));
    }

    @Test
    void another_protocol_is_refused_and_both_are_named() {
        JsonObject error = error(gateway.hello("{\"protocol\":2,\"sdk\":\"9.9\",\"session\":\"s1\"}"));

        assertEquals("wrong-version", error.string("code"));
        assertTrue(error.string("message").contains("protocol 1") && error.string("message").contains("speaks 2"),
                error.string("message"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello", "[]", "{}", "{\"protocol\":1}", "{\"protocol\":1,\"session\":\"\"}", "{\"protocol\":\"1\"}"})
    void a_text_that_is_no_hello_is_malformed(String text) {
        assertEquals("malformed", code(gateway.hello(text)));
    }

    @Test
    void a_send_or_receive_before_hello_has_no_session() {
        assertEquals("no-session", code(gateway.send("{\"session\":\"s1\",\"seq\":1}")));
        assertEquals("no-session", code(gateway.receive("{\"session\":\"s1\",\"batch\":1}")));
        assertEquals("no-session", code(gateway.receive("{\"session\":\"\",\"batch\":1}")));
    }

    @Test
    void a_later_hello_ends_the_session_before_it() {
        TestSession old = TestSession.open(gateway, "old");
        TestSession.open(gateway, "new");

        assertEquals("no-session", code(old.send()));
        assertEquals("no-session", code(old.receive(1)));
    }

    @Test
    void a_later_hello_ends_a_receive_that_waits() {
        TestSession old = TestSession.open(gateway, "old");
        CompletableFuture<String> waiting = CompletableFuture.supplyAsync(() -> old.receive(1));
        TestSession.open(gateway, "new");

        assertEquals("no-session", code(waiting.join()));
    }

    @Test
    void a_repeated_send_gets_the_first_answer_and_has_no_second_effect() {
        TestSession session = TestSession.begin(gateway, ONE);
        String first = session.send(start(1, "i-1", true));

        assertEquals("{\"received\":3}", first);
        assertEquals(first, session.sendAs(3, start(1, "i-1", true)));
        session.succeed(session.next("task"));
        session.next("finished");
        session.awaitDurable();
        assertFalse(session.hasReceived("finished"));
    }

    @Test
    void a_send_out_of_order_is_refused_and_the_expected_number_named() {
        TestSession session = TestSession.open(gateway, "s1");
        session.send();

        JsonObject error = error(session.sendAs(3));

        assertEquals("out-of-order", error.string("code"));
        assertEquals("Expected 2 or 1 again, got 3.", error.string("message"));
    }

    @Test
    void a_repeated_receive_gets_the_same_batch() {
        TestSession session = TestSession.open(gateway, "s1");
        session.send("{\"type\":\"get\",\"request\":1,\"correlation_id\":\"nobody\"}");

        assertEquals(session.receive(1), session.receive(1));
    }

    @Test
    void a_receive_out_of_order_is_refused() {
        TestSession session = TestSession.open(gateway, "s1");

        assertEquals("out-of-order", code(session.receive(2)));
    }

    @Test
    void a_newer_receive_supersedes_the_one_that_waits() {
        TestSession session = TestSession.open(gateway, "s1");
        CompletableFuture<String> first = CompletableFuture.supplyAsync(() -> session.receive(1));
        CompletableFuture<String> second = CompletableFuture.supplyAsync(() -> session.receive(1));

        String superseded = (String) CompletableFuture.anyOf(first, second).join();
        session.send();

        assertTrue(JsonObject.split(superseded).flag("superseded", false), superseded);
        assertEquals("{\"batch\":1,\"durable_upto\":1}", (first.join().equals(superseded) ? second : first).join());
    }

    @Test
    void a_receive_with_nothing_to_say_is_answered_empty_after_its_wait() {
        TestSession session = TestSession.open(new EngineGateway(SHORT_MS, failure -> { }), "s1");

        assertEquals("{\"batch\":1,\"durable_upto\":0}", session.receive(1));
    }

    @Test
    void a_failed_engine_answers_nobody_since_the_next_one_can() throws SQLException {
        CompletableFuture<Throwable> failed = new CompletableFuture<>();
        EngineGateway fragile = new EngineGateway(SHORT_MS, failed::complete);
        Path journal = folder.resolve("journal.db");
        fragile.hello("{\"protocol\":1,\"session\":\"s1\",\"store\":\"" + journal + "\"}");
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + journal); Statement statement = other.createStatement()) {
            statement.execute("DELETE FROM owners");
        }
        fragile.send(text("{\"session\":\"s1\",\"seq\":1}", "{\"type\":\"define\",\"definition\":" + ONE + "}", start(1, "i-1", true)));
        failed.join();

        fragile.send(text("{\"session\":\"s1\",\"seq\":2}", "{\"type\":\"get\",\"request\":2,\"correlation_id\":\"i-1\"}"));

        String said = fragile.receive("{\"session\":\"s1\",\"batch\":1}");
        assertFalse(said.contains("refused"), said);
    }

    @Test
    void durable_upto_reaches_the_last_batch_once_it_is_durable() {
        TestSession session = TestSession.begin(gateway, ONE);
        session.send(start(1, "i-1", false));

        session.awaitDurable();
    }

    @Test
    void a_task_is_handed_out_only_after_recover() {
        TestSession session = TestSession.open(gateway, "s1");
        session.send("{\"type\":\"define\",\"definition\":" + ONE + "}", start(1, "i-1", false));
        session.awaitDurable();
        assertFalse(session.hasReceived("task"));

        session.send("{\"type\":\"recover\"}");

        assertEquals("one", session.next("task").string("saga"));
    }

    @Test
    void no_more_tasks_are_out_than_the_credits_say() {
        TestSession session = TestSession.begin(gateway, ONE);
        session.setPlaces(1);
        session.send(start(1, "i-1", true), start(2, "i-2", true));
        JsonObject first = session.next("task");
        session.awaitDurable();
        assertFalse(session.hasReceived("task"));

        session.succeed(first);

        assertEquals("[\"i-2\",\"a\",\"forward\",1,1]", session.next("task").raw("attempt"));
    }

    @Test
    void a_cancel_is_answered_and_its_task_told_to_stop() {
        TestSession session = TestSession.begin(gateway, UNDOABLE);
        session.send("{\"type\":\"start\",\"request\":1,\"saga\":\"undoable\",\"correlation_id\":\"i-1\",\"input\":{}}");
        session.next("task");

        session.send("{\"type\":\"cancel\",\"request\":2,\"correlation_id\":\"i-1\",\"reason\":\"why not\"}");

        assertTrue(session.next("cancel-answer").flag("accepted", false));
        assertEquals("saga-cancelled", session.next("cancel").string("reason"));
    }

    @Test
    void stop_hands_out_nothing_more() {
        TestSession session = TestSession.begin(gateway, ONE);
        session.send("{\"type\":\"stop\"}", start(1, "i-1", false));
        session.awaitDurable();

        assertFalse(session.hasReceived("task"));
    }

    @Test
    void hello_again_says_an_answer_again_that_may_not_have_arrived() {
        TestSession old = TestSession.begin(gateway);
        old.send("{\"type\":\"get\",\"request\":5,\"correlation_id\":\"nobody\"}");
        old.next("refused");

        TestSession session = TestSession.open(gateway, "s2");

        assertEquals(5, session.next("refused").number("request"));
    }

    @Test
    void an_attempt_that_hello_lists_is_adopted() {
        TestSession old = TestSession.begin(gateway, ONE);
        old.send(start(1, "i-1", true));
        JsonObject task = old.next("task");

        TestSession session = TestSession.open(gateway, "s2",
                "{\"type\":\"running\",\"attempt\":" + task.raw("attempt") + ",\"elapsed_ms\":10}");
        session.send("{\"type\":\"recover\"}");
        session.succeed(task);

        assertEquals("COMPLETED", JsonObject.split(session.next("finished").object("result")).string("status"));
        assertFalse(session.hasReceived("task"));
    }

    @Test
    void an_attempt_that_hello_does_not_list_runs_again_under_a_new_number() {
        TestSession old = TestSession.begin(gateway, ONE);
        old.send(start(1, "i-1", true));
        old.next("task");

        TestSession session = TestSession.open(gateway, "s2");
        session.send("{\"type\":\"recover\"}");

        assertEquals("[\"i-1\",\"a\",\"forward\",2,1]", session.next("task").raw("attempt"));
    }

    @Test
    void a_running_attempt_that_cannot_be_read_fails_alone() {
        String answer = gateway.hello(text("{\"protocol\":1,\"session\":\"s1\"}", "{\"type\":\"running\",\"attempt\":7}"));

        assertTrue(answer.startsWith("{\"protocol\":1,"), answer);
    }

    @Test
    void a_cancel_that_may_not_have_arrived_is_said_again() {
        TestSession old = TestSession.begin(gateway, ONE);
        old.send(start(1, "i-1", false));
        JsonObject task = old.next("task");
        old.send("{\"type\":\"cancel\",\"request\":2,\"correlation_id\":\"i-1\"}");
        old.next("cancel");

        TestSession session = TestSession.open(gateway, "s2",
                "{\"type\":\"running\",\"attempt\":" + task.raw("attempt") + ",\"elapsed_ms\":10}");

        assertEquals(task.raw("attempt"), session.next("cancel").raw("attempt"));
    }

    @Test
    void a_fence_may_have_64_bits() {
        assertEquals(5_000_000_000L, AttemptNames.read("[\"i\",\"a\",\"forward\",1,5000000000]").fence());
    }

    private static String start(int request, String id, boolean watch) {
        return "{\"type\":\"start\",\"request\":" + request + ",\"saga\":\"one\",\"correlation_id\":\"" + id
                + "\",\"input\":{},\"watch\":" + watch + "}";
    }

    private static JsonObject error(String answer) {
        return JsonObject.split(JsonObject.split(answer).object("error"));
    }

    private static String code(String answer) {
        return error(answer).string("code");
    }
}
