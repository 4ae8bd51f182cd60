package dev.fireflytx.engine;

import dev.fireflytx.core.definition.DefinitionJson;
import dev.fireflytx.core.definition.InvalidDefinitionException;
import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonWriter;
import dev.fireflytx.engine.Store.Header;
import dev.fireflytx.engine.Store.StoredSaga;
import dev.fireflytx.engine.Store.TimedFacts;
import dev.fireflytx.engine.journal.FactCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Sagas as text that any store can read: JSON Lines ({@code docs/export-format.md}). The first line says what the file is, the last one how much it
 * holds, and each has a checksum of its own, so that a file that was cut or changed is found out, and where.
 */
final class SagaLines {
    /** Goes up with every change that an older release could not read. */
    static final int VERSION = 1;

    private static final String SEAL = ",\"crc32c\":\"";
    private static final int SEAL_LENGTH = SEAL.length() + 8 + "\"}".length();

    private SagaLines() {}

    /** What a line says. */
    sealed interface Line {}

    /** The first one. */
    record Head(long version) implements Line {}

    /** A saga. */
    record Saga(StoredSaga saga) implements Line {}

    /** What is left of a saga that ended long ago. */
    record Buried(Header saga) implements Line {}

    /** The last one. */
    record End(long sagas, long buried) implements Line {}

    static String head(long atMs) {
        return sealed(new JsonWriter().text("type", "fireflytx-sagas").number("version", VERSION).number("exported_ms", atMs));
    }

    static String saga(StoredSaga saga) {
        return sealed(header("saga", saga.header()).raw("definition", DefinitionJson.write(saga.definition()))
                .raw("turns", JsonWriter.array(saga.turns().stream().map(SagaLines::turn).toList())));
    }

    static String buried(Header saga) {
        return sealed(header("tombstone", saga));
    }

    static String end(long sagas, long buried) {
        return sealed(new JsonWriter().text("type", "end").number("sagas", sagas).number("tombstones", buried));
    }

    private static JsonWriter header(String type, Header saga) {
        return new JsonWriter().text("type", type).text("correlation_id", saga.correlationId()).text("saga", saga.saga())
                .text("status", saga.status().name()).number("started_ms", saga.startedMs()).number("changed_ms", saga.changedMs())
                .text("input_hash", saga.inputHash());
    }

    /** The facts of a turn as text, which tells whether two are the same. */
    static String turn(TimedFacts turn) {
        return onOneLine(new JsonWriter().number("at_ms", turn.atMs()).raw("facts", FactCodec.write(turn.facts())).build());
    }

    private static String sealed(JsonWriter line) {
        String text = onOneLine(line.build());
        String open = text.substring(0, text.length() - 1);
        return open + SEAL + checksum(open) + "\"}";
    }

    /** A value keeps the white space of its author; a line break can only be white space there. */
    private static String onOneLine(String json) {
        return json.replace('\n', ' ').replace('\r', ' ');
    }

    private static String checksum(String text) {
        CRC32C checksum = new CRC32C();
        checksum.update(text.getBytes(StandardCharsets.UTF_8));
        return String.format("%08x", checksum.getValue());
    }

    /**
     * Reads a line.
     *
     * @throws JsonException if it is not what was written, or of a later release
     */
    static Line read(String text) {
        int end = text.length() - SEAL_LENGTH;
        if (end < 0 || !text.startsWith(SEAL, end)) {
            throw new JsonException("it has no checksum: it is no line of an export, or was cut");
        }
        String open = text.substring(0, end);
        if (!text.substring(end).equals(SEAL + checksum(open) + "\"}")) {
            throw new JsonException("its checksum does not fit: it is not what was written");
        }
        JsonObject line = JsonObject.split(open + "}");
        return switch (line.string("type")) {
            case "fireflytx-sagas" -> new Head(line.number("version"));
            case "saga" -> new Saga(saga(line));
            case "tombstone" -> new Buried(header(line));
            case "end" -> new End(line.number("sagas"), line.number("tombstones"));
            default -> throw new JsonException("its type '" + line.string("type") + "' is not known to this release");
        };
    }

    private static StoredSaga saga(JsonObject line) {
        List<TimedFacts> turns = new ArrayList<>();
        JsonObject.forEach(line.raw("turns"), text -> {
            JsonObject turn = JsonObject.split(text);
            turns.add(new TimedFacts(turn.number("at_ms"), FactCodec.read(turn.raw("facts"))));
        });
        try {
            return new StoredSaga(header(line), DefinitionJson.read(line.object("definition")), turns);
        } catch (InvalidDefinitionException e) {
            throw new JsonException("its definition is not valid: " + e.getMessage());
        }
    }

    private static Header header(JsonObject line) {
        SagaStatus status;
        try {
            status = SagaStatus.valueOf(line.string("status"));
        } catch (IllegalArgumentException e) {
            throw new JsonException("its status '" + line.string("status") + "' is not known to this release");
        }
        return new Header(0, line.string("correlation_id"), line.string("saga"), line.string("input_hash"), status, line.number("started_ms"),
                line.number("changed_ms"), Store.NOBODY);
    }
}
