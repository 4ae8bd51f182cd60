package dev.fireflytx.engine.journal;

import static dev.fireflytx.engine.StoredSagas.begun;
import static dev.fireflytx.engine.StoredSagas.later;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreReport;
import dev.fireflytx.engine.StoreReport.Problem;
import dev.fireflytx.engine.StoredSagas;
import dev.fireflytx.engine.Stores;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A check of a whole journal finds everything that is wrong in it, and nothing else. */
class JournalCheckTest {
    private static final int MANY = 300;
    private static final Function<Store.StoredSaga, Optional<String>> ANYTHING_GOES = saga -> Optional.empty();

    @TempDir
    private Path folder;

    private Store store;

    @BeforeEach
    void fill() {
        store = SqliteStore.open(file());
        store.append(List.of(begun("i-1", SagaStatus.RUNNING), begun("i-2", SagaStatus.RUNNING)));
        store.append(List.of(later("i-1", SagaStatus.COMPLETED, StoredSagas.AT_MS)));
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void a_sound_journal_is_counted() {
        assertEquals(new StoreReport(2, 6, List.of(), 0), verify());
    }

    @Test
    void a_saga_s_row_that_has_changed_is_found() {
        TestJournal.execute(file(), "UPDATE sagas SET changed_ms = 0 WHERE number = 1");

        assertEquals(List.of(new Problem("i-1", "one", "The journal '" + file() + "' is damaged: the row of saga i-1 is not what was written. "
                + "Restore the file from a backup.")), verify().problems());
    }

    @Test
    void facts_that_have_changed_are_found_and_not_told() {
        TestJournal.execute(file(), "UPDATE facts SET body = replace(body, '1.10', '9.99') WHERE saga = 2");

        assertEquals(List.of("i-2"), sagas(verify()));
        assertFalse(verify().problems().get(0).message().contains("9.99"));
    }

    @Test
    void facts_that_are_missing_are_found() {
        TestJournal.execute(file(), "DELETE FROM facts WHERE saga = 1 AND ordinal = 1");

        assertEquals(List.of("i-1"), sagas(verify()));
    }

    @Test
    void facts_of_no_saga_are_found_once_for_each() {
        TestJournal.execute(file(), "DELETE FROM sagas WHERE number = 1");

        assertEquals(List.of("there are facts of a saga that is not there, number 1"), messages(verify()));
    }

    @Test
    void a_definition_that_has_changed_is_found_with_all_that_run_it() {
        TestJournal.execute(file(), "UPDATE definitions SET body = replace(body, '100', '101')");

        assertEquals(List.of("i-1", "i-2", ""), sagas(verify()));
        assertEquals("definition 1 is not what was written", messages(verify()).get(2));
    }

    @Test
    void a_tombstone_that_has_changed_is_found() {
        TestJournal.execute(file(), "INSERT INTO tombstones VALUES ('i-0', 'one', 'hash', 'COMPLETED', 1, 2, 3, 4)");

        assertEquals(List.of(new Problem("i-0", "one", "its tombstone is not what was written")), verify().problems());
    }

    @Test
    void what_makes_no_sense_is_told() {
        StoreReport report = store.verify(saga -> Optional.of("it makes no sense").filter(what -> saga.header().number() == 2));

        assertEquals(List.of(new Problem("i-2", "one", "it makes no sense")), report.problems());
    }

    @Test
    void a_page_that_sqlite_finds_damaged_is_told_and_the_rest_is_looked_at() throws IOException {
        overwrite("facts_of_saga", new byte[JournalDatabase.PAGE_BYTES]);
        TestJournal.execute(file(), "INSERT INTO tombstones VALUES ('i-0', 'one', 'hash', 'COMPLETED', 1, 2, 3, 4)");

        String found = String.join("\n", messages(verify()));
        assertTrue(found.startsWith("SQLite can't read all of the file: "), found);
        assertTrue(found.contains("SQLite can't read all of the sagas: "), found);
        assertTrue(found.endsWith("its tombstone is not what was written"), found);
    }

    @Test
    void a_row_that_an_index_hides_is_told() throws IOException {
        overwrite("sagas_unfinished", new byte[] {0x0a, 0, 0, 0, 0, 0x10, 0, 0}); // an index without rows

        assertEquals("SQLite finds the file damaged: row 2 missing from index sagas_unfinished", messages(verify()).get(0));
    }

    @Test
    void all_problems_are_counted_but_not_all_told() {
        store.append(IntStream.range(10, 10 + MANY).mapToObj(i -> begun("i-" + i, SagaStatus.RUNNING)).toList());
        TestJournal.execute(file(), "UPDATE sagas SET changed_ms = 0");

        StoreReport report = verify();

        assertEquals(StoreReport.MOST_PROBLEMS, report.problems().size());
        assertEquals(MANY + 2, report.problemCount());
    }

    @Test
    void what_changes_meanwhile_is_no_problem() {
        List<Store.Entry> more = new ArrayList<>(IntStream.range(10, 10 + MANY).mapToObj(i -> begun("i-" + i, SagaStatus.RUNNING)).toList());
        store.append(more);
        AtomicBoolean done = new AtomicBoolean();

        StoreReport report = store.verify(saga -> {
            if (!done.getAndSet(true)) { // while the first page is read: all that follow have changed then, and some of its own
                store.append(IntStream.range(10, 10 + MANY).mapToObj(i -> later("i-" + i, SagaStatus.COMPLETED, StoredSagas.AT_MS)).toList());
                store.append(List.of(begun("i-new", SagaStatus.COMPLETED)));
            }
            return Optional.empty();
        });

        assertEquals(List.of(), report.problems());
        assertEquals(MANY + 3, report.sagas());
    }

    private void overwrite(String index, byte[] page) throws IOException {
        long root = TestJournal.number(file(), "SELECT rootpage FROM sqlite_schema WHERE name = '" + index + "'");
        store.close();
        try (RandomAccessFile raw = new RandomAccessFile(file().toFile(), "rw")) {
            raw.seek((root - 1) * JournalDatabase.PAGE_BYTES);
            raw.write(page);
        }
        store = Stores.observe(file());
    }

    private StoreReport verify() {
        return store.verify(ANYTHING_GOES);
    }

    private static List<String> sagas(StoreReport report) {
        return report.problems().stream().map(Problem::correlationId).collect(Collectors.toList());
    }

    private static List<String> messages(StoreReport report) {
        return report.problems().stream().map(Problem::message).toList();
    }

    private Path file() {
        return folder.resolve("journal.db");
    }
}
