package dev.fireflytx.engine.journal;

import static dev.fireflytx.engine.StoredSagas.begun;
import static dev.fireflytx.engine.StoredSagas.later;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.engine.HandEngine;
import dev.fireflytx.engine.RefusedException;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.StartRequest;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreException;
import dev.fireflytx.engine.StoredSagas;
import dev.fireflytx.engine.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever only looks at a journal changes nothing in it. */
class ObservedJournalTest {
    @TempDir
    private Path folder;

    private Store engine;

    @BeforeEach
    void openEngine() {
        engine = SqliteStore.open(file());
        engine.append(List.of(begun("i-1", SagaStatus.RUNNING)));
    }

    @AfterEach
    void closeEngine() {
        engine.close();
    }

    @Test
    void what_an_engine_writes_is_seen_at_once() {
        try (Store observer = Stores.observe(file())) {
            assertEquals(SagaStatus.RUNNING, observer.find("i-1").orElseThrow().status());

            engine.append(List.of(later("i-1", SagaStatus.COMPLETED, StoredSagas.AT_MS)));

            assertEquals(engine.load("i-1"), observer.load("i-1"));
        }
    }

    @Test
    void a_log_that_a_crash_left_stays_as_it_is() throws IOException {
        Path copy = TestJournal.copyAsAfterCrash(file(), folder);
        byte[] database = Files.readAllBytes(copy);
        byte[] log = Files.readAllBytes(TestJournal.log(copy));

        try (Store observer = Stores.observe(copy)) {
            assertTrue(observer.load("i-1").isPresent());
        }

        assertArrayEquals(database, Files.readAllBytes(copy));
        assertArrayEquals(log, Files.readAllBytes(TestJournal.log(copy)));
    }

    @Test
    void a_log_that_is_damaged_is_refused() throws IOException {
        engine.append(List.of(begun("i-2", SagaStatus.RUNNING)));
        engine.append(List.of(begun("i-3", SagaStatus.RUNNING)));
        Path copy = TestJournal.copyAsAfterCrash(file(), folder);
        TestJournal.flipIn(TestJournal.log(copy), "hash of i-1");

        assertThrows(StoreException.class, () -> Stores.observe(copy));
    }

    @Test
    void no_owner_joins_and_no_lock_is_taken() throws IOException {
        try (Store observer = Stores.observe(file()); var files = Files.list(folder)) {
            assertEquals(1, TestJournal.number(file(), "SELECT count(*) FROM owners"));
            assertEquals(1, files.filter(each -> each.toString().contains("-owner-")).count());
            assertTrue(observer.isReadOnly());
        }
    }

    @Test
    void what_a_dead_engine_left_is_taken_over_by_nobody() {
        Path copy = TestJournal.copyAsAfterCrash(file(), folder);

        try (Store observer = Stores.observe(copy)) {
            assertEquals(new Store.Page(List.of(), List.of(), 0), observer.left(Set.of("one"), 0, Long.MAX_VALUE, 1));
            assertTrue(observer.isElsewhere(observer.find("i-1").orElseThrow()));
        }
    }

    @Test
    void an_engine_over_it_starts_nothing() {
        HandEngine observer = HandEngine.over(Stores.observe(file()));
        observer.register(StoredSagas.ONE);

        RefusedException refusal = observer.refusal(observer.start(new StartRequest("one", "i-9", "{}")));

        assertEquals(RefusedException.Code.OBSERVER, refusal.code());
        assertEquals("This engine only observes 'sqlite:" + file() + "'. Ask an engine that runs its sagas.", refusal.getMessage());
        observer.close();
    }

    @Test
    void a_journal_that_is_not_there_is_not_made() {
        Path missing = folder.resolve("other.db");

        StoreException refused = assertThrows(StoreException.class, () -> Stores.observe(missing));

        assertTrue(refused.getMessage().startsWith("There is no journal '" + missing + "' to observe"), refused.getMessage());
        assertFalse(Files.exists(missing));
    }

    @Test
    void a_file_without_tables_is_refused() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.db"));

        assertThrows(StoreException.class, () -> Stores.observe(empty));

        assertEquals(0, Files.size(empty));
    }

    private Path file() {
        return folder.resolve("journal.db");
    }
}
