package dev.fireflytx.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of single items, good and bad; a bad one fails alone. */
class ItemsOfSendTest {
    private static final long LONG_MS = 1_000;
    private static final String ONE = "{\"name\":\"one\",\"steps\":[{\"id\":\"a\"}]}";

    private final EngineGateway gateway = new EngineGateway(LONG_MS, failure -> { });

    @Test
    void an_unknown_saga_is_asked_for_and_can_then_be_started() {
        TestSession session = TestSession.begin(gateway);
        session.send(start(1, "i-1", true));
        assertEquals("one", session.next("need-definition").string("saga"));

        session.send("{\"type\":\"define\",\"definition\":" + ONE + "}", start(1, "i-1", true));
        session.succeed(session.next("task"));

        assertEquals("COMPLETED", JsonObject.split(session.next("finished").object("result")).string("status"));
    }

    @Test
    void an_invalid_definition_is_refused_by_name() {
        TestSession session = TestSession.begin(gateway, "{\"name\":\"bad\",\"steps\":[{\"id\":\"a\"},{\"id\":\"a\"}]}");

        JsonObject refused = session.next("refused");

        assertEquals("bad", refused.string("saga"));
        assertEquals("invalid-definition", refused.string("code"));
        assertEquals("Saga 'bad': step 'a' is defined twice.", refused.string("message"));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"type\":\"start\",\"request\":7}",
        "{\"type\":\"start\",\"request\":7,\"saga\":\"one\",\"correlation_id\":\"i\",\"input\":[]}",
        "{\"type\":\"start\",\"request\":7,\"saga\":\"one\",\"correlation_id\":\"\",\"input\":{}}",
        "{\"type\":\"nonsense\",\"request\":7}",
        "{\"request\":7}",
        "{\"type\":\"get\",\"request\":7,\"correlation_id\":5}",
    })
    void a_request_that_cannot_be_read_is_refused_alone(String item) {
        TestSession session = TestSession.begin(gateway, ONE);
        session.send(item, start(8, "i-1", true));

        JsonObject refused = session.next("refused");
        assertEquals(7, refused.number("request"));
        assertEquals("malformed", refused.string("code"));
        session.succeed(session.next("task"));
        assertEquals(8, session.next("finished").number("request"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"garbage", "{", "{\"type\":\"pong\"}", "{\"type\":\"outcome\",\"attempt\":[1]}", "[]",
        "{\"type\":\"outcome\",\"attempt\":[\"i\",\"a\",\"sideways\",1,1],\"outcome\":\"settled\"}"})
    void an_item_that_names_no_request_is_logged_and_the_rest_of_its_batch_stands(String item) {
        TestSession session = TestSession.begin(gateway, ONE);
        session.send(item, start(8, "i-1", false));

        JsonObject line = session.next("log");
        assertEquals("ERROR", line.string("level"));
        assertTrue(line.string("message").startsWith("An item from Python was refused: "), line.string("message"));
        assertEquals("one", session.next("task").string("saga"));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "\"outcome\":\"succeeded\",\"result\":[]", "\"outcome\":\"succeeded\"", "\"outcome\":\"failed\"",
        "\"outcome\":\"exploded\"", "\"outcome\":\"verdict\"", "\"outcome\":\"verdict\",\"verdict\":1",
        "\"outcome\":\"succeeded\",\"result\":{\"a\":1,\"a\":2}", "\"outcome\":\"succeeded\",\"result\":{},\"writes\":3"
    })
    void an_outcome_that_cannot_be_read_fails_its_own_step_at_once(String outcome) {
        TestSession session = TestSession.begin(gateway, ONE);
        session.send(start(1, "i-1", true));
        JsonObject task = session.next("task");

        session.send("{\"type\":\"outcome\",\"attempt\":" + task.raw("attempt") + "," + outcome + "}");

        JsonObject result = JsonObject.split(session.next("finished").object("result"));
        assertEquals("a", result.string("failed_step"));
        String message = JsonObject.split(result.object("error")).string("message");
        assertTrue(message.contains("step 'a'"), message);
    }

    private static String start(int request, String id, boolean watch) {
        return "{\"type\":\"start\",\"request\":" + request + ",\"saga\":\"one\",\"correlation_id\":\"" + id
                + "\",\"input\":{},\"watch\":" + watch + "}";
    }
}
