package dev.fireflytx.core.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.PropertyDefaults;
import net.jqwik.api.Provide;

/** What holds for every JSON text. */
@PropertyDefaults(tries = 500, edgeCases = EdgeCasesMode.NONE)
class JsonPropertyTest {
    @Property
    void split_and_join_keep_every_value_s_text(@ForAll("members") Map<String, String> members) {
        assertEquals(members, JsonObject.split(JsonObject.join(members)).members());
    }

    @Property
    void a_string_comes_back_from_its_quotes(@ForAll("strings") String characters) {
        assertEquals(characters, new JsonScanner(JsonStrings.quote(characters)).string());
    }

    @Property
    void a_value_is_taken_without_the_white_space_around_it(@ForAll("values") String text) {
        assertEquals(text, new JsonScanner(" \t" + text + "\r\n").value());
    }

    @Property
    void a_canonical_text_is_its_own(@ForAll("values") String text) {
        String canonical = CanonicalJson.of(text);
        assertEquals(canonical, CanonicalJson.of(canonical));
    }

    @Property
    void a_cut_text_is_refused(@ForAll("members") Map<String, String> members, @ForAll double part) {
        String text = JsonObject.join(members);
        int end = (int) (Math.abs(part) % 1 * text.length());
        assertThrows(JsonException.class, () -> JsonObject.split(text.substring(0, end)));
    }

    @Property
    void an_overlay_has_each_key_once_with_the_nearest_text(
            @ForAll("members") Map<String, String> input, @ForAll("members") Map<String, String> near,
            @ForAll("members") Map<String, String> far) {
        Assume.that(!near.isEmpty() || !far.isEmpty());
        Map<String, String> expected = new LinkedHashMap<>(input);
        far.forEach((key, value) -> expected.put(key, near.getOrDefault(key, value)));
        expected.putAll(near);
        String merged = Overlay.of(JsonObject.join(input), List.of(JsonObject.join(near), JsonObject.join(far)));
        assertEquals(expected, JsonObject.split(merged).members());
    }

    @Provide
    Arbitrary<Map<String, String>> members() {
        return Arbitraries.maps(strings(), values()).ofMaxSize(6);
    }

    @Provide
    Arbitrary<String> strings() {
        Arbitrary<Integer> anyCharacter = Arbitraries.integers().between(0, Character.MAX_CODE_POINT)
                .filter(point -> point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE);
        Arbitrary<Integer> common = Arbitraries.of('a', 'b', '"', '\\', '/', '\n', '\0', ' ').map(c -> (int) c);
        return Arbitraries.oneOf(common, anyCharacter).list().ofMaxSize(8)
                .map(points -> points.stream().map(Character::toString).collect(Collectors.joining()));
    }

    @Provide
    Arbitrary<String> values() {
        return Arbitraries.lazyOf(
                () -> Arbitraries.of("true", "false", "null"),
                JsonPropertyTest::numbers,
                () -> strings().map(JsonStrings::quote),
                () -> values().list().ofMaxSize(3).map(elements -> "[" + String.join(" ,", elements) + "]"),
                () -> Arbitraries.maps(strings(), values()).ofMaxSize(3).map(JsonObject::join));
    }

    private static Arbitrary<String> numbers() {
        return Combinators.combine(
                        Arbitraries.of("", "-"),
                        Arbitraries.of("0", "7", "10", "123456789012345678901234567890"),
                        Arbitraries.of("", ".0", ".10", ".000000000000000000001"),
                        Arbitraries.of("", "e5", "E+400", "e-7"))
                .as((sign, whole, fraction, exponent) -> sign + whole + fraction + exponent);
    }
}
