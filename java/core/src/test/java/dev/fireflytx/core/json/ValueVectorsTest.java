package dev.fireflytx.core.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.fireflytx.core.Vectors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/** Holds Java to {@code protocol/vectors/values.json}. */
class ValueVectorsTest {
    private final JsonObject vectors = JsonObject.split(Vectors.read("values.json"));

    @TestFactory
    Stream<DynamicTest> results_overlay_the_input_as_the_vectors_say() {
        return tests("overlay", vector -> assertEquals(
                vector.string("merged"), Overlay.of(vector.string("input"), strings(vector.raw("results")))));
    }

    @TestFactory
    Stream<DynamicTest> texts_are_refused_as_the_vectors_say() {
        return tests("refusals", vector -> {
            Executable split = () -> JsonObject.split(vector.string("text"));
            assertEquals(vector.string("problem"), assertThrows(JsonException.class, split).getMessage());
        });
    }

    @TestFactory
    Stream<DynamicTest> canonical_texts_are_the_same_where_the_vectors_say_so() {
        return tests("canonical", vector -> assertEquals(
                vector.flag("same", false),
                CanonicalJson.of(vector.string("left")).equals(CanonicalJson.of(vector.string("right")))));
    }

    private Stream<DynamicTest> tests(String part, Consumer<JsonObject> check) {
        return Vectors.cases(vectors.raw(part)).stream()
                .map(vector -> dynamicTest(vector.string("name"), () -> check.accept(vector)));
    }

    private static List<String> strings(String array) {
        List<String> strings = new ArrayList<>();
        JsonObject.forEach(array, element -> strings.add(new JsonScanner(element).string()));
        return strings;
    }
}
