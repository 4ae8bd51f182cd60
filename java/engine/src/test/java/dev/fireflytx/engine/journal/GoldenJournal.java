package dev.fireflytx.engine.journal;

import dev.fireflytx.core.definition.DefinitionJson;
import dev.fireflytx.engine.GoldenSagas;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.Store.StoredSaga;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Writes the journal of the present format that later releases will have to read, with what is in it as text beside it.
 *
 * <p>Run once for each format, by hand, before it is released: {@code GoldenJournal tests/conformance/histories}. What was released is never
 * written again.
 */
public final class GoldenJournal {
    private GoldenJournal() {}

    /**
     * Writes {@code v<format>.db} and {@code v<format>.txt}.
     *
     * @param arguments the folder
     * @throws IOException if it can't be written
     */
    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        Path file = folder.resolve("v" + Schema.VERSION + ".db");
        Files.deleteIfExists(file);
        try (Store store = SqliteStore.open(file, new StillClock())) {
            GoldenSagas.run(store);
            Files.writeString(folder.resolve("v" + Schema.VERSION + ".txt"), tell(store));
        }
    }

    /** A machine without time, so that the same scenario gives the same file. */
    private record StillClock() implements JournalClock.Source {
        @Override
        public String boot() {
            return "golden";
        }

        @Override
        public long monotonicMs() {
            return 0;
        }

        @Override
        public long wallAheadMs() {
            return GoldenSagas.AT_MS;
        }
    }

    /** All that a store has, as text. */
    static String tell(Store store) {
        return store.list(new Store.Query(Optional.empty(), Optional.empty(), 0, 0, 1_000)).stream()
                .sorted(Comparator.comparingLong(Store.Header::number))
                .map(header -> tell(store.load(header.correlationId()).orElseThrow()))
                .collect(Collectors.joining("\n")) + events(store);
    }

    private static String events(Store store) {
        return store.outbox().takeOver().stream().flatMap(stream -> store.outbox().read(stream, 0, 1_000).stream())
                .map(waiting -> "\nevent " + waiting.event()).collect(Collectors.joining());
    }

    private static String tell(StoredSaga saga) {
        return saga.header() + "\n" + DefinitionJson.write(saga.definition()) + "\n" + saga.turns().stream()
                .map(turn -> turn.atMs() + " " + FactCodec.write(turn.facts()) + "\n").collect(Collectors.joining());
    }
}
