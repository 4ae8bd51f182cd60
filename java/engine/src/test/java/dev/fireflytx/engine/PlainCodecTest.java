package dev.fireflytx.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON's own types, without a library. */
class PlainCodecTest {
    private final ValueCodec codec = PlainCodec.INSTANCE;

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":[1.10,-5,true,null,\"\\n\"]}", "[]", "{}", "\"text\"", "123456789012345678901234567890", "null", "false"})
    void what_was_read_is_written_as_it_was(String json) {
        assertEquals(json, codec.encode(codec.decode(json, Object.class)));
    }

    @Test
    void values_of_the_languages_own_types_are_written() {
        assertEquals("{\"a\":[1,2.5,null]}", codec.encode(Map.of("a", Arrays.asList(1, 2.5, null))));
    }

    @Test
    void numbers_are_read_as_what_is_wanted() {
        assertEquals(new BigDecimal("1.10"), codec.decode("1.10", BigDecimal.class));
        assertEquals(7, codec.decode("7", Integer.class));
        assertEquals(7L, codec.decode("7", Long.class));
        assertEquals(0.5, codec.decode("0.5", Double.class));
        assertNull(codec.decode("null", Integer.class));
    }

    @Test
    void a_number_that_does_not_fit_is_refused() {
        assertThrows(ValueRefusedException.class, () -> codec.decode("3000000000", Integer.class));
        assertThrows(ValueRefusedException.class, () -> codec.decode("1.5", Long.class));
    }

    @Test
    void what_json_can_not_carry_is_refused() {
        assertThrows(ValueRefusedException.class, () -> codec.encode(Double.NaN));
        assertThrows(ValueRefusedException.class, () -> codec.encode(List.of(new Object())));
    }

    @Test
    void another_type_than_jsons_own_is_refused() {
        assertThrows(ValueRefusedException.class, () -> codec.decode("{}", Thread.class));
    }
}
