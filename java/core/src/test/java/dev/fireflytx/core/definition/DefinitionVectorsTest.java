package dev.fireflytx.core.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.fireflytx.core.Vectors;
import dev.fireflytx.core.json.JsonObject;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Holds Java to {@code protocol/vectors/definitions.json}, as the Python suite holds Python. */
class DefinitionVectorsTest {

    @TestFactory
    Stream<DynamicTest> the_first_problem_is_the_one_that_the_vectors_name() {
        return Vectors.cases(Vectors.read("definitions.json")).stream()
                .map(vector -> dynamicTest(vector.string("name"), () -> check(vector)));
    }

    private static void check(JsonObject vector) {
        Optional<SagaDefinition> definition = DefinitionReader.read(JsonObject.split(vector.object("definition")));
        String problem = vector.string("problem", null);
        if (definition.isEmpty()) {
            assertNotNull(problem, "a definition with an unknown word must be one that is refused");
        }
        assumeTrue(definition.isPresent(), "the bridge's reader refuses it: no enum has such a word");
        assertEquals(Optional.ofNullable(problem), DefinitionRules.problem(definition.get()));
    }
}
