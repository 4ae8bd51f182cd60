package dev.fireflytx.core.definition;

import dev.fireflytx.core.json.JsonException;

/** Definitions as JSON: what crosses the bridge, and what the journal keeps with each saga. */
public final class DefinitionJson {
    private DefinitionJson() {}

    /**
     * Reads a definition; whether it can be run is for {@link DefinitionRules} to say.
     *
     * @param text a JSON object
     * @return the definition, with the default of everything that the text leaves out
     * @throws JsonException if the text has not the form of a definition
     * @throws InvalidDefinitionException if a word in it is none of those allowed
     */
    public static SagaDefinition read(String text) {
        return DefinitionReader.read(text);
    }

    /**
     * Writes a definition.
     *
     * @param saga the definition
     * @return its text, the same for equal definitions
     */
    public static String write(SagaDefinition saga) {
        return DefinitionWriter.write(saga);
    }
}
