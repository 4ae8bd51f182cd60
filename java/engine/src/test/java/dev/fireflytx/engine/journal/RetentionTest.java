package dev.fireflytx.engine.journal;

import static dev.fireflytx.engine.StoredSagas.begun;
import static dev.fireflytx.engine.StoredSagas.later;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.engine.FencedException;
import dev.fireflytx.engine.JournalOptions;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.StartedElsewhereException;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoredSagas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What ended long ago makes room, and nothing else does. */
class RetentionTest {
    private static final long HOUR_MS = TimeUnit.HOURS.toMillis(1);
    private static final long DAY_MS = TimeUnit.DAYS.toMillis(1);
    private static final long WEEK_MS = 7 * DAY_MS;
    private static final long MONTH_MS = 30 * DAY_MS;
    private static final long WALK_OVER_MS = 60_000;
    private static final int MANY = 500;

    @TempDir
    private Path folder;

    private final HandClock clock = new HandClock();
    private SqliteStore store;
    private Connection connection;

    @BeforeEach
    void openStore() throws SQLException {
        store = SqliteStore.open(file(), untouched(), clock);
        connection = DriverManager.getConnection("jdbc:sqlite:" + file());
    }

    @AfterEach
    void closeStore() throws SQLException {
        connection.close();
        store.close();
    }

    @Test
    void a_tombstone_takes_the_place_of_a_saga_that_ended_a_week_ago() throws SQLException {
        run("i-1", SagaStatus.COMPLETED);
        clock.pass(WEEK_MS);
        lookAfter();

        Store.Header found = store.find("i-1").orElseThrow();

        assertEquals(SagaStatus.COMPLETED, found.status());
        assertEquals("hash of i-1", found.inputHash());
        assertEquals(Optional.empty(), store.load("i-1"));
        assertEquals(List.of(), list());
        assertEquals(0, TestJournal.number(file(), "SELECT count(*) FROM facts"));
    }

    @Test
    void events_that_wait_to_be_published_outlast_their_saga() throws SQLException {
        store.outbox().takeOver();
        append(StoredSagas.with(begun("i-1", SagaStatus.COMPLETED), "a"));
        clock.pass(WEEK_MS);
        lookAfter();

        assertEquals(Optional.empty(), store.load("i-1"));
        assertEquals("a", store.outbox().read(store.owner(), 0, MANY).get(0).event());
    }

    @Test
    void a_saga_that_ended_less_than_a_week_ago_is_kept() throws SQLException {
        append(begun("i-1", SagaStatus.RUNNING));
        clock.pass(WEEK_MS);
        append(later("i-1", SagaStatus.COMPENSATED, clock.wallMs()));
        clock.pass(WEEK_MS - 1);
        lookAfter();

        assertTrue(store.load("i-1").isPresent());
    }

    @ParameterizedTest
    @ValueSource(strings = {"RUNNING", "COMPENSATING", "PARKED", "COMPENSATION_FAILED"})
    void a_saga_that_has_not_ended_well_is_never_buried(String status) throws SQLException {
        run("i-1", SagaStatus.valueOf(status));
        run("i-2", SagaStatus.COMPLETED);
        clock.pass(400 * DAY_MS);
        lookAfter();

        assertTrue(store.load("i-1").isPresent());
        assertEquals(Optional.empty(), store.load("i-2"));
    }

    @Test
    void a_tombstone_stands_for_thirty_days_and_then_its_id_is_free() throws SQLException {
        run("i-1", SagaStatus.COMPLETED);
        clock.pass(WEEK_MS);
        lookAfter();
        clock.pass(MONTH_MS - 1);
        lookAfter();
        assertTrue(store.find("i-1").isPresent());

        clock.pass(1);
        lookAfter();

        assertEquals(Optional.empty(), store.find("i-1"));
        run("i-1", SagaStatus.RUNNING);
        assertTrue(store.load("i-1").isPresent());
    }

    @Test
    void an_id_can_t_start_again_under_its_tombstone() throws SQLException {
        run("i-1", SagaStatus.COMPLETED);
        clock.pass(WEEK_MS);
        lookAfter();

        assertThrows(StartedElsewhereException.class, () -> run("i-1", SagaStatus.RUNNING));
    }

    @Test
    void a_number_is_never_given_again() throws SQLException {
        run("i-1", SagaStatus.COMPLETED);
        run("i-2", SagaStatus.COMPLETED);
        clock.pass(WEEK_MS);
        lookAfter();

        assertEquals(2, store.newest());
        run("i-3", SagaStatus.RUNNING);
        assertEquals(3, store.find("i-3").orElseThrow().number());
    }

    @Test
    void many_are_buried_page_by_page_around_those_that_stay() throws SQLException {
        IntStream.range(0, MANY).forEach(i -> run("i-" + i, i % 7 == 0 ? SagaStatus.PARKED : SagaStatus.COMPLETED));
        clock.pass(WEEK_MS);
        lookAfter();

        assertEquals(IntStream.range(0, MANY).filter(i -> i % 7 == 0).count(), list().size());
    }

    @Test
    void a_jump_of_the_wall_clock_makes_nothing_older() throws SQLException {
        run("i-1", SagaStatus.COMPLETED);
        clock.setWallBy(400 * DAY_MS);
        lookAfter();
        clock.setWallBy(-800 * DAY_MS);
        lookAfter();

        assertTrue(store.load("i-1").isPresent());
    }

    @Test
    void a_jump_of_the_wall_clock_keeps_nothing_from_growing_old() throws SQLException {
        run("i-1", SagaStatus.COMPLETED);
        clock.setWallBy(-400 * DAY_MS);
        clock.pass(WEEK_MS);
        lookAfter();

        assertEquals(Optional.empty(), store.load("i-1"));
    }

    @Test
    void each_restart_makes_sagas_a_day_older_at_most() throws SQLException {
        run("i-1", SagaStatus.COMPLETED);
        reopenAfter(400 * DAY_MS);
        lookAfter();
        assertTrue(store.load("i-1").isPresent());

        clock.pass(WEEK_MS - DAY_MS - 1);
        lookAfter();
        assertTrue(store.load("i-1").isPresent());

        clock.pass(1);
        lookAfter();
        assertEquals(Optional.empty(), store.load("i-1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"DELETE ON sagas", "DELETE ON facts", "UPDATE OF newest_buried ON journal", "INSERT ON tombstones"})
    void a_burial_that_fails_half_way_leaves_everything(String edge) throws SQLException {
        run("i-1", SagaStatus.COMPLETED);
        clock.pass(WEEK_MS);
        Optional<Store.StoredSaga> before = store.load("i-1");
        TestJournal.execute(file(), "CREATE TRIGGER edge BEFORE " + edge + " BEGIN SELECT raise(ABORT, 'out of luck'); END");

        assertThrows(SQLException.class, this::lookAfter);

        assertEquals(before, store.load("i-1"));
        assertEquals(0, TestJournal.number(file(), "SELECT count(*) FROM tombstones"));
        TestJournal.execute(file(), "DROP TRIGGER edge");
        lookAfter();
        assertEquals(Optional.empty(), store.load("i-1"));
    }

    @Test
    void who_was_taken_over_buries_nothing() {
        run("i-1", SagaStatus.COMPLETED);
        clock.pass(WEEK_MS);
        TestJournal.execute(file(), "DELETE FROM owners");

        assertThrows(FencedException.class, this::lookAfter);

        assertTrue(store.load("i-1").isPresent());
    }

    @Test
    void another_engine_s_numbers_go_on_behind_a_burial() throws SQLException {
        try (Store other = SqliteStore.open(file(), untouched(), clock)) {
            run("i-1", SagaStatus.COMPLETED);
            other.append(List.of(begun(StoredSagas.ONE, "i-2", SagaStatus.COMPLETED, clock.wallMs())));
            clock.pass(WEEK_MS);
            lookAfter();

            other.append(List.of(begun(StoredSagas.ONE, "i-3", SagaStatus.RUNNING, clock.wallMs())));

            assertEquals(3, other.find("i-3").orElseThrow().number());
            assertEquals(1, store.load("i-3").orElseThrow().turns().size());
        }
    }

    @Test
    void what_was_asked_a_day_ago_is_forgotten() throws SQLException {
        long number = store.ask("i-1", "cancel");
        store.answer(number, "yes");
        clock.pass(DAY_MS);
        lookAfter();

        assertEquals(Optional.empty(), store.answer(number));
    }

    @Test
    void the_file_does_not_grow_with_what_is_gone() throws IOException, SQLException {
        runAnHourEach(0, 2 * MANY);
        long before = sizeBytes();
        runAnHourEach(2 * MANY, 6 * MANY);

        assertTrue(sizeBytes() < before * 1.1, before + " bytes became " + sizeBytes());
    }

    private void runAnHourEach(int from, int to) throws SQLException {
        for (int i = from; i < to; i++) {
            run("i-" + i, SagaStatus.COMPLETED);
            clock.pass(HOUR_MS);
            lookAfter();
        }
        TestJournal.execute(file(), "PRAGMA wal_checkpoint(RESTART)");
    }

    private long sizeBytes() throws IOException {
        return Files.size(file()) + Files.size(TestJournal.log(file()));
    }

    private void run(String id, SagaStatus status) {
        append(begun(StoredSagas.ONE, id, status, store.clock().nowMs()));
    }

    private void append(Store.Entry entry) {
        store.append(List.of(entry));
    }

    /** What the store does in the background for a journal that is kept for a week. */
    private void lookAfter() throws SQLException {
        Owners.Owner owner = new Owners.Owner(store.owner(), store.fence(), null);
        Retention retention = new Retention(connection, file(), (JournalClock) store.clock(), owner, WEEK_MS, new ReentrantLock());
        long pauseMs = 0;
        while (pauseMs < WALK_OVER_MS) {
            pauseMs = retention.step(() -> {});
        }
    }

    private void reopenAfter(long ms) {
        store.close();
        clock.restart(ms);
        store = SqliteStore.open(file(), untouched(), clock);
    }

    private List<Store.Header> list() {
        return store.list(new Store.Query(Optional.empty(), Optional.empty(), 0, 0, MANY));
    }

    /** The store's own upkeep must not come before the test's. */
    private static JournalOptions untouched() {
        return JournalOptions.standard().keepingForMs(100_000 * DAY_MS);
    }

    private Path file() {
        return folder.resolve("journal.db");
    }
}
