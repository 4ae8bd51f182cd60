package dev.fireflytx.core.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.fireflytx.core.Vectors;
import dev.fireflytx.core.json.JsonObject;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Holds Java to {@code protocol/vectors/definitions.json}, as the Python suite holds Python. */
class DefinitionVectorsTest {

    @TestFactory
    Stream<DynamicTest> a_definition_is_judged_in_the_words_that_python_uses() {
        return Vectors.cases(Vectors.read("definitions.json")).stream()
                .map(vector -> dynamicTest(vector.string("name"), () ->
                        assertEquals(vector.string("problem", "none"), problem(vector.object("definition")))));
    }

    private static String problem(String definition) {
        try {
            SagaPlan.of(DefinitionJson.read(definition));
            return "none";
        } catch (InvalidDefinitionException e) {
            return e.getMessage();
        }
    }
}
