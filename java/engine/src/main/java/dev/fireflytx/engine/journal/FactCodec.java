package dev.fireflytx.engine.journal;

import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonScanner;
import dev.fireflytx.core.machine.Fact;
import java.util.ArrayList;
import java.util.List;

/**
 * Facts as the journal keeps them: one JSON array for each fact, its name first, then its fields in the order of their record.
 *
 * <pre>
 *   ["attempt-started",0,"forward",1]
 *   ["attempt-succeeded",0,"forward",1,{"charge_id":"ch_1"},{}]
 * </pre>
 *
 * <p>Values keep their text. A format that was released is read for ever; {@code tests/conformance/histories} holds it to that.
 */
public final class FactCodec {
    private FactCodec() {}

    /**
     * Writes facts.
     *
     * @param facts in order
     * @return a JSON array of arrays
     */
    public static String write(List<Fact> facts) {
        StringBuilder out = new StringBuilder("[");
        FactWriter writer = new FactWriter(out);
        for (Fact fact : facts) {
            if (out.length() > 1) {
                out.append(',');
            }
            fact.accept(writer);
        }
        return out.append(']').toString();
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @param text a JSON array of arrays
     * @return the facts, in order
     * @throws JsonException if the text is something else, or names a fact that this release does not know
     */
    public static List<Fact> read(String text) {
        List<Fact> facts = new ArrayList<>();
        JsonObject.forEach(text, element -> facts.add(new FactReader(fieldsOf(element)).fact()));
        return facts;
    }

    private static List<String> fieldsOf(String fact) {
        List<String> fields = new ArrayList<>();
        JsonScanner scanner = new JsonScanner(fact);
        scanner.expect('[');
        do {
            fields.add(scanner.value());
        } while (scanner.accept(','));
        scanner.expect(']');
        return fields;
    }
}
