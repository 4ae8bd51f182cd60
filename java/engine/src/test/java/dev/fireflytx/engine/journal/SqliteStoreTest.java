package dev.fireflytx.engine.journal;

import static dev.fireflytx.engine.StoredSagas.begun;
import static dev.fireflytx.engine.StoredSagas.later;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.engine.FencedException;
import dev.fireflytx.engine.JournalOptions;
import dev.fireflytx.engine.RefusedException;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.StartedElsewhereException;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreContract;
import dev.fireflytx.engine.StoreException;
import dev.fireflytx.engine.StoredSagas;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a durable store does besides what every store does. */
class SqliteStoreTest extends StoreContract {
    private static final int MANY = 1_000;
    private static final long PATIENCE_S = 10;

    @TempDir
    private Path folder;

    @Override
    protected Store open() {
        return SqliteStore.open(file());
    }

    private Path file() {
        return folder.resolve("made").resolve("journal.db");
    }

    @Test
    void what_was_appended_is_there_after_reopening() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING), begun("i-2", SagaStatus.RUNNING)));
        store.append(List.of(later("i-2", SagaStatus.COMPLETED, StoredSagas.AT_MS + 1)));
        Optional<Store.StoredSaga> first = store.load("i-1");
        Optional<Store.StoredSaga> second = store.load("i-2");

        reopen();

        assertEquals(first, store.load("i-1"));
        assertEquals(second, store.load("i-2"));
    }

    @Test
    void what_was_appended_is_there_after_a_crash() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING)));

        try (Store copy = SqliteStore.open(TestJournal.copyAsAfterCrash(file(), folder))) {
            assertEquals(store.load("i-1"), copy.load("i-1"));
        }
    }

    @Test
    void numbers_go_on_after_reopening() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
        store.append(List.of(begun("i-2", SagaStatus.RUNNING)));

        reopen();
        store.claim(List.of(store.find("i-1").orElseThrow()));

        assertEquals(4, store.append(List.of(later("i-1", SagaStatus.COMPLETED, 1), begun("i-3", SagaStatus.RUNNING))));
        assertEquals(3, store.find("i-3").orElseThrow().number());
        assertEquals(2, store.load("i-1").orElseThrow().turns().size());
    }

    @Test
    void the_fence_goes_up_whenever_the_journal_changes_hands() {
        long before = store.fence();

        reopen();

        assertEquals(before + 1, store.fence());
    }

    @Test
    void two_owners_write_in_turns_and_read_each_other_s_sagas() {
        try (Store other = SqliteStore.open(file())) {
            store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
            other.append(List.of(begun("i-2", SagaStatus.RUNNING)));
            store.append(List.of(later("i-1", SagaStatus.COMPLETED, 1), begun("i-3", SagaStatus.RUNNING)));

            assertEquals(store.owner(), other.find("i-3").orElseThrow().owner());
            assertEquals(other.owner(), store.find("i-2").orElseThrow().owner());
            assertEquals(2, other.load("i-1").orElseThrow().turns().size());
        }
    }

    @Test
    void commits_are_counted_on_where_a_batch_was_refused_and_others_have_written() {
        assertEquals(1, store.append(List.of(begun("i-1", SagaStatus.RUNNING))));
        assertThrows(StartedElsewhereException.class, () -> store.append(List.of(begun("i-1", SagaStatus.RUNNING))));
        assertEquals(2, store.append(List.of(begun("i-2", SagaStatus.RUNNING))));
        assertThrows(StartedElsewhereException.class, () -> store.append(List.of(begun("i-1", SagaStatus.RUNNING))));

        try (Store other = SqliteStore.open(file())) {
            assertEquals(3, other.append(List.of(begun("i-3", SagaStatus.RUNNING))));
            assertEquals(4, store.append(List.of(begun("i-4", SagaStatus.RUNNING))));
            assertEquals(5, other.append(List.of(begun("i-5", SagaStatus.RUNNING))));
        }
        assertEquals(5, store.find("i-5").orElseThrow().number());
    }

    @Test
    void what_a_living_owner_runs_is_not_left_and_can_t_be_claimed() {
        try (Store other = SqliteStore.open(file())) {
            store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
            Store.Header saga = other.find("i-1").orElseThrow();

            assertEquals(List.of(), other.left(Set.of("one"), 0, other.newest(), MANY).sagas());
            assertEquals(Set.of(), other.claim(List.of(saga)));
            assertTrue(other.isElsewhere(saga));
        }
    }

    @Test
    void what_an_owner_leaves_is_anybody_s_but_of_one_only() {
        try (Store second = SqliteStore.open(file()); Store third = SqliteStore.open(file())) {
            store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
            store.close();
            Store.Header saga = second.find("i-1").orElseThrow();
            assertFalse(second.isElsewhere(saga));

            assertEquals(Set.of(saga.number()), second.claim(List.of(saga)));
            assertEquals(Set.of(), third.claim(List.of(saga)));
        }
    }

    @Test
    void an_owner_hears_of_what_one_has_left_that_closed_the_journal_itself() {
        CompletableFuture<Boolean> heard = new CompletableFuture<>();
        store.watch(new Store.Watcher() {
            @Override
            public boolean round(boolean left, List<Store.Request> asked) {
                return left && heard.complete(true);
            }
        });
        try (Store other = SqliteStore.open(file())) {
            other.append(List.of(begun("i-1", SagaStatus.RUNNING)));
        }

        assertTrue(heard.orTimeout(PATIENCE_S, TimeUnit.SECONDS).join());
    }

    @Test
    void an_id_that_another_owner_has_used_a_moment_earlier_starts_nothing() {
        try (Store other = SqliteStore.open(file())) {
            other.append(List.of(begun("i-1", SagaStatus.RUNNING)));

            StartedElsewhereException refused = assertThrows(StartedElsewhereException.class,
                    () -> store.append(List.of(begun("i-1", SagaStatus.RUNNING), begun("i-2", SagaStatus.RUNNING))));

            assertEquals(Set.of("i-1"), refused.correlationIds());
            assertEquals(Optional.empty(), store.find("i-2"));
            assertEquals(2, store.append(List.of(begun("i-2", SagaStatus.RUNNING))));
        }
    }

    @Test
    void whoever_replaces_an_owner_s_process_has_its_number_under_a_higher_fence() {
        long number = store.owner();
        long fence = store.fence();
        store.close();
        TestJournal.execute(file(), "INSERT INTO owners VALUES (" + number + ", " + fence + ")");

        store = SqliteStore.open(file(), JournalOptions.standard().replacing(number));

        assertEquals(number, store.owner());
        assertTrue(store.fence() > fence);
    }

    @Test
    void an_owner_that_was_taken_over_writes_nothing_more() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
        TestJournal.execute(file(), "DELETE FROM owners");

        FencedException refused = assertThrows(FencedException.class,
                () -> store.append(List.of(begun("i-2", SagaStatus.RUNNING))));

        assertTrue(refused.getMessage().contains(file().toString()), refused.getMessage());
        assertEquals(Optional.empty(), store.find("i-2"));
    }

    /** It was: what others had decided in a transaction that was not committed yet could not be seen. */
    @Test
    void an_owner_does_not_take_itself_for_one_while_it_is_being_taken_over() throws Exception {
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file()); Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            statement.execute("DELETE FROM owners");
            Thread.sleep(1_100); // by then the last proof is too old
            CompletableFuture<Void> proof = CompletableFuture.runAsync(store::prove);
            assertThrows(TimeoutException.class, () -> proof.get(200, TimeUnit.MILLISECONDS));
            statement.execute("COMMIT");

            Throwable why = assertThrows(ExecutionException.class, () -> proof.get(10, TimeUnit.SECONDS)).getCause();
            assertEquals(FencedException.class, why.getClass());
        }
    }

    /** One of two web workers that were started for the first time once said that the other's file was no journal. */
    @Test
    void engines_that_make_a_journal_at_once_make_one() throws Exception {
        for (int round = 0; round < 60; round++) {
            Path journal = folder.resolve("round-" + round).resolve("journal.db");
            CountDownLatch together = new CountDownLatch(4);
            List<CompletableFuture<Void>> opened = IntStream.range(0, 4).mapToObj(engine -> CompletableFuture.runAsync(() -> {
                together.countDown();
                await(together);
                SqliteStore.open(journal).close();
            }, task -> new Thread(task).start())).toList();

            for (CompletableFuture<Void> each : opened) {
                each.get(PATIENCE_S, TimeUnit.SECONDS);
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void another_sqlite_file_is_refused_and_left_as_it_was() throws IOException {
        Path other = folder.resolve("other.db");
        TestJournal.execute(other, "CREATE TABLE customers (name TEXT)");
        byte[] before = Files.readAllBytes(other);

        StoreException refused = assertThrows(StoreException.class, () -> SqliteStore.open(other));

        assertEquals("'" + other + "' is a SQLite file, but no FireflyTX journal. Choose another file for the store.",
                refused.getMessage());
        assertArrayEquals(before, Files.readAllBytes(other));
    }

    @Test
    void a_file_that_is_no_database_is_refused_by_name() throws IOException {
        Path other = Files.writeString(folder.resolve("notes.txt"), "a note ".repeat(MANY));

        StoreException refused = assertThrows(StoreException.class, () -> SqliteStore.open(other));

        assertTrue(refused.getMessage().startsWith("The journal '" + other + "' can't be opened: "), refused.getMessage());
    }

    @Test
    void a_journal_of_a_later_release_is_refused_by_name() {
        store.close();
        TestJournal.execute(file(), "PRAGMA user_version = 99");

        StoreException refused = assertThrows(StoreException.class, () -> SqliteStore.open(file()));

        assertEquals("The journal '" + file() + "' has format 99; this release reads formats up to 2. "
                + "Use the release that wrote it, or a later one.", refused.getMessage());
    }

    @Test
    void a_folder_that_can_t_be_made_is_named() throws IOException {
        Path plainFile = Files.createFile(folder.resolve("plain"));

        StoreException refused = assertThrows(StoreException.class, () -> SqliteStore.open(plainFile.resolve("journal.db")));

        assertTrue(refused.getMessage().contains(plainFile.resolve("journal.db").toString()), refused.getMessage());
    }

    @Test
    void only_its_owner_may_read_it() throws IOException {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING)));

        assertEquals("rwx------", permissions(file().getParent()));
        for (String suffix : List.of("", "-wal", "-shm", "-owner-1")) {
            assertEquals("rw-------", permissions(file().resolveSibling("journal.db" + suffix)), suffix);
        }
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void a_changed_byte_in_a_fact_is_found_and_file_and_saga_are_named() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
        store.close();
        TestJournal.flipIn(file(), "saga-started");
        store = SqliteStore.open(file());

        assertEquals("The journal '" + file() + "' is damaged: a row of saga 'one' i-1 is not what was written. "
                + "Restore the file from a backup.", assertThrows(RefusedException.class, () -> store.load("i-1")).getMessage());
    }

    @Test
    void a_damaged_saga_hides_no_other_one() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING), begun("i-2", SagaStatus.RUNNING), begun("i-3", SagaStatus.RUNNING)));
        TestJournal.execute(file(), "UPDATE facts SET at_ms = 0 WHERE saga = 1");
        TestJournal.execute(file(), "UPDATE sagas SET started_ms = 0 WHERE correlation_id = 'i-3'");

        store.close();
        store = SqliteStore.open(file());

        Store.Page page = store.left(Set.of("one"), 0, 3, MANY);

        assertEquals(List.of("i-2"), page.sagas().stream().map(saga -> saga.header().correlationId()).toList());
        assertEquals(List.of("i-1", "i-3"), page.unreadable().stream().map(Store.Unreadable::correlationId).toList());
        assertEquals(3, page.last());
        assertEquals(List.of("i-2", "i-1"), store.list(new Store.Query(Optional.empty(), Optional.empty(), 0, 0, 2)).stream()
                .map(Store.Header::correlationId).toList());
    }

    @Test
    void a_changed_byte_in_a_saga_s_row_is_found() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
        store.close();
        TestJournal.flipIn(file(), "hash of i-1");
        store = SqliteStore.open(file());

        RefusedException found = assertThrows(RefusedException.class, () -> store.find("i-1"));

        assertTrue(found.getMessage().contains("the row of saga i-1"), found.getMessage());
    }

    @Test
    void a_changed_byte_in_an_index_which_hides_a_saga_is_found_at_the_opening() throws IOException {
        store.append(List.of(begun("hidden-by-its-index", SagaStatus.RUNNING)));
        store.close();
        long page = TestJournal.number(file(), "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_sagas_1'");
        String bytes = Files.readString(file(), StandardCharsets.ISO_8859_1);
        TestJournal.flip(file(), bytes.indexOf("hidden-by-its-index", (int) (page - 1) * JournalDatabase.PAGE_BYTES), 0);

        StoreException refused = assertThrows(StoreException.class, () -> SqliteStore.open(file()));

        assertTrue(refused.getMessage().startsWith("The journal '" + file() + "' is damaged: SQLite finds: "), refused.getMessage());
    }

    @Test
    void a_status_that_no_release_has_written_is_found() {
        store.append(List.of(begun("i-1", SagaStatus.COMPLETED)));
        TestJournal.execute(file(), "UPDATE sagas SET status = 'COMPLEUED'");

        assertThrows(RefusedException.class, () -> store.find("i-1"));
    }

    @Test
    void a_changed_byte_in_a_definition_is_found() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
        reopen();
        TestJournal.execute(file(), "UPDATE definitions SET body = replace(body, '100', '101')");

        assertThrows(RefusedException.class, () -> store.load("i-1"));
    }

    @Test
    void a_batch_that_fails_leaves_nothing() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
        TestJournal.execute(file(), "CREATE TRIGGER full BEFORE INSERT ON facts WHEN new.saga = 3"
                + " BEGIN SELECT raise(ABORT, 'no space left'); END");

        StoreException failed = assertThrows(StoreException.class, () -> store.append(List.of(
                later("i-1", SagaStatus.COMPLETED, 1), begun("i-2", SagaStatus.RUNNING), begun("i-3", SagaStatus.RUNNING))));

        assertTrue(failed.getMessage().startsWith("The journal '" + file() + "' can't be written: "), failed.getMessage());
        assertEquals(SagaStatus.RUNNING, store.find("i-1").orElseThrow().status());
        assertEquals(1, store.load("i-1").orElseThrow().turns().size());
        assertEquals(Optional.empty(), store.find("i-2"));
    }

    @Test
    void after_a_batch_that_failed_nothing_is_written_until_the_journal_is_opened_again() {
        failOnce();

        assertThrows(StoreException.class, () -> store.append(List.of(begun("i-2", SagaStatus.RUNNING))));
        reopen();

        assertEquals(1, store.append(List.of(begun("i-2", SagaStatus.RUNNING))));
    }

    private void failOnce() {
        TestJournal.execute(file(), "CREATE TRIGGER full BEFORE INSERT ON facts BEGIN SELECT raise(ABORT, 'no space left'); END");
        assertThrows(StoreException.class, () -> store.append(List.of(begun("i-1", SagaStatus.RUNNING))));
        TestJournal.execute(file(), "DROP TRIGGER full");
    }

    @Test
    void an_append_waits_while_another_process_writes() throws SQLException {
        CompletableFuture<Long> append;
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file()); Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            append = CompletableFuture.supplyAsync(() -> store.append(List.of(begun("i-1", SagaStatus.RUNNING))));
            assertFalse(append.isDone());
            statement.execute("ROLLBACK");
        }

        assertEquals(1, append.orTimeout(PATIENCE_S, TimeUnit.SECONDS).join());
    }

    @Test
    void the_log_stays_short_though_commits_never_pause() throws IOException {
        long longest = 0;
        for (int i = 0; i < 5 * MANY; i++) {
            store.append(List.of(large("i-" + i)));
            longest = Math.max(longest, Files.size(TestJournal.log(file())));
        }

        assertTrue(longest < 96 << 20, "the log grew to " + (longest >> 20) + " MB");
    }

    @Test
    void a_reader_that_stays_open_holds_up_no_commit() throws SQLException {
        try (Connection reader = DriverManager.getConnection("jdbc:sqlite:" + file()); Statement statement = reader.createStatement()) {
            statement.execute("BEGIN");
            statement.executeQuery("SELECT count(*) FROM sagas").close();
            long longestNs = 0;
            for (int i = 0; i < 5 * MANY; i++) {
                long begunNs = System.nanoTime();
                store.append(List.of(large("i-" + i)));
                longestNs = Math.max(longestNs, System.nanoTime() - begunNs);
            }

            assertTrue(TimeUnit.NANOSECONDS.toMillis(longestNs) < 2_000, "a commit took " + TimeUnit.NANOSECONDS.toMillis(longestNs) + " ms");
            statement.execute("ROLLBACK");
        }
    }

    private static Store.Entry large(String id) {
        Fact started = new Fact.SagaStarted("{\"text\":\"" + "x".repeat(32 << 10) + "\"}", 0, 1, StoredSagas.AT_MS);
        return new Store.Entry(id, begun(id, SagaStatus.RUNNING).beginning(), StoredSagas.AT_MS, List.of(started), SagaStatus.RUNNING);
    }

    @Test
    void a_log_that_was_left_by_a_crash_is_in_the_file_once_it_is_open() throws IOException {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
        Path copy = TestJournal.copyAsAfterCrash(file(), folder);

        try (Store reopened = SqliteStore.open(copy)) {
            long bytes = Files.size(copy);
            assertTrue(Files.size(TestJournal.log(copy)) < bytes, "the log was not emptied");
            assertTrue(reopened.find("i-1").isPresent());
        }
    }

    @Test
    void no_commit_stays_in_a_log_without_end() throws IOException {
        for (int i = 0; i < MANY; i++) {
            store.append(List.of(begun("i-" + i, SagaStatus.COMPLETED)));
        }
        store.close();

        assertFalse(Files.exists(TestJournal.log(file())));
        assertEquals(MANY, TestJournal.number(file(), "SELECT count(*) FROM facts"));
    }

    private void reopen() {
        store.close();
        store = SqliteStore.open(file());
    }
}
