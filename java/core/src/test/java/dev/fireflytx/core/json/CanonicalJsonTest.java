package dev.fireflytx.core.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class CanonicalJsonTest {
    @Test
    void keys_are_sorted_by_code_unit_at_every_level() {
        assertEquals("{\"B\":1,\"a\":{\"x\":1,\"y\":2},\"\u00e9\":3}",
                CanonicalJson.of("{\"\u00e9\":3,\"a\":{\"y\":2,\"x\":1},\"B\":1}"));
    }

    @Test
    void numbers_keep_their_text() {
        assertEquals("[1.10,-0.0,1E5]", CanonicalJson.of(" [ 1.10 , -0.0 , 1E5 ] "));
    }

    @Test
    void strings_get_the_shortest_escapes() {
        assertEquals("\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\u007f\u2028\"",
                CanonicalJson.of("\"\\u0022\\u005c\\/\\u0008\\f\\u000a\\r\\t\\u0000\\u007f\\u2028\""));
    }

    @Test
    void words_stay_as_they_are() {
        assertEquals("[true,false,null]", CanonicalJson.of("[true, false, null]"));
    }

    @Test
    void text_behind_a_value_is_refused_whatever_it_starts_with() {
        for (String tail : new String[] {"{", "[", "\"", "1", ",", "}"}) {
            assertThrows(JsonException.class, () -> CanonicalJson.of("1 " + tail), tail);
        }
    }

    @Test
    void a_duplicate_key_is_refused_at_every_level() {
        assertThrows(JsonException.class, () -> CanonicalJson.of("[{\"a\":1,\"\\u0061\":2}]"));
    }

    @Test
    void too_deep_a_value_is_refused_and_overflows_no_stack() {
        assertThrows(JsonException.class, () -> CanonicalJson.of("[".repeat(1_000_000)));
    }

    @Test
    void the_hash_is_that_of_the_canonical_text() {
        assertEquals(CanonicalJson.hash("{\"a\":1,\"b\":2}"), CanonicalJson.hash("{ \"b\":2, \"a\":1 }"));
        assertNotEquals(CanonicalJson.hash("{\"a\":1}"), CanonicalJson.hash("{\"a\":1.0}"));
    }

    @Test
    void the_hash_is_sha_256_in_hexadecimal() {
        assertEquals("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", CanonicalJson.hash("{}"));
    }
}
