package dev.fireflytx.core.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class JsonObjectTest {
    private static final int DEEPEST = 512;

    private final JsonObject object =
            JsonObject.split("{\"text\":\"a\\nb\",\"number\":-7,\"yes\":true,\"none\":null,\"inner\":{\"a\":1}}");

    @Test
    void members_come_in_the_order_of_the_text() {
        assertEquals(List.of("text", "number", "yes", "none", "inner"), List.copyOf(object.members().keySet()));
    }

    @Test
    void members_can_not_be_changed() {
        assertThrows(UnsupportedOperationException.class, () -> object.members().clear());
    }

    @Test
    void a_string_comes_unescaped() {
        assertEquals("a\nb", object.string("text"));
    }

    @Test
    void a_number_is_a_whole_one() {
        assertEquals(-7, object.number("number"));
    }

    @Test
    void an_inner_object_stays_text() {
        assertEquals("{\"a\":1}", object.object("inner"));
    }

    @Test
    void null_is_as_good_as_missing() {
        assertFalse(object.has("none"));
        assertEquals("x", object.string("none", "x"));
        assertEquals("x", object.raw("missing", "x"));
        assertEquals(3, object.number("missing", 3));
        assertTrue(object.flag("missing", true));
    }

    @Test
    void a_missing_member_is_named() {
        assertProblem("the member 'missing' is missing", () -> object.raw("missing"));
    }

    @Test
    void a_member_of_another_kind_is_named_but_not_quoted() {
        assertProblem("the member 'number' is not a string", () -> object.string("number"));
        assertProblem("the member 'text' is not an object", () -> object.object("text"));
        assertProblem("the member 'text' is not a whole number of 64 bits", () -> object.number("text"));
        assertProblem("the member 'text' is neither true nor false", () -> object.flag("text", false));
    }

    @Test
    void a_number_beyond_64_bits_is_refused() {
        JsonObject large = JsonObject.split("{\"n\":9223372036854775808}");
        assertProblem("the member 'n' is not a whole number of 64 bits", () -> large.number("n"));
    }

    @Test
    void an_array_is_walked_element_by_element() {
        List<String> elements = new ArrayList<>();
        JsonObject.forEach(" [ 1.0 , \"a\" , [] , {\"b\":2} ] ", elements::add);
        assertEquals(List.of("1.0", "\"a\"", "[]", "{\"b\":2}"), elements);
    }

    @Test
    void an_array_with_text_behind_it_is_refused() {
        assertThrows(JsonException.class, () -> JsonObject.forEach("[1] 2", element -> {}));
    }

    @Test
    void nesting_up_to_the_limit_is_read() {
        assertEquals(1, JsonObject.split("{\"a\":" + nested(DEEPEST) + "}").members().size());
    }

    @Test
    void deeper_nesting_is_refused_and_overflows_no_stack() {
        JsonException refusal =
                assertThrows(JsonException.class, () -> JsonObject.split("{\"a\":" + nested(1_000_000) + "}"));
        assertTrue(refusal.getMessage().endsWith("nested deeper than 512 levels"), refusal.getMessage());
    }

    private static String nested(int depth) {
        return "[".repeat(depth) + "]".repeat(depth);
    }

    private static void assertProblem(String problem, Executable read) {
        assertEquals(problem, assertThrows(JsonException.class, read).getMessage());
    }
}
