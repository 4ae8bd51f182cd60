package dev.fireflytx.engine.journal;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.engine.GoldenSagas;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The journals of every released format are read as they were written, and their sagas go on. */
class GoldenJournalTest {
    private static final Map<String, SagaStatus> ENDS = Map.ofEntries(
            entry("completed", SagaStatus.COMPLETED), entry("skipped", SagaStatus.COMPLETED),
            entry("compensated", SagaStatus.COMPENSATED), entry("compensation-failed", SagaStatus.COMPENSATION_FAILED),
            entry("cancelled", SagaStatus.COMPENSATED), entry("parked", SagaStatus.PARKED), entry("resolved", SagaStatus.COMPLETED),
            entry("left-running", SagaStatus.COMPLETED), entry("left-in-backoff", SagaStatus.COMPLETED),
            entry("left-queued", SagaStatus.COMPLETED), entry("left-undoing", SagaStatus.COMPENSATED), entry("left-in-doubt", SagaStatus.COMPENSATED));

    @TempDir
    private Path folder;

    @TestFactory
    Stream<DynamicTest> a_journal_reads_as_it_was_written() throws IOException {
        return journals().stream().map(golden -> DynamicTest.dynamicTest(golden.getFileName().toString(), () -> {
            String expected = Files.readString(golden.resolveSibling(golden.getFileName().toString().replace(".db", ".txt")));
            try (Store store = SqliteStore.open(copyOf(golden))) {
                assertEquals(expected, GoldenJournal.tell(store));
            }
        }));
    }

    @TestFactory
    Stream<DynamicTest> its_sagas_go_on() throws IOException {
        return journals().stream().map(golden -> DynamicTest.dynamicTest(golden.getFileName().toString(), () -> {
            try (Store store = SqliteStore.open(copyOf(golden))) {
                assertEquals(ENDS, GoldenSagas.goOn(store));
            }
        }));
    }

    @Test
    void the_present_format_has_its_journal() throws IOException {
        assertTrue(journals().stream().anyMatch(path -> path.endsWith("v" + Schema.VERSION + ".db")));
    }

    private Path copyOf(Path golden) throws IOException {
        return Files.copy(golden, Files.createTempDirectory(folder, "golden").resolve(golden.getFileName()));
    }

    private static List<Path> journals() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("fireflytx.histories")))) {
            return files.filter(path -> path.toString().endsWith(".db")).sorted().toList();
        }
    }
}
