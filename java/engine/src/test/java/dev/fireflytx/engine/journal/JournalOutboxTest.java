package dev.fireflytx.engine.journal;

import static dev.fireflytx.engine.StoredSagas.begun;
import static dev.fireflytx.engine.StoredSagas.later;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fireflytx.engine.EventOutbox;
import dev.fireflytx.engine.JournalOptions;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.StartedElsewhereException;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreException;
import dev.fireflytx.engine.StoredSagas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events are as durable as the facts that they tell of, and come in order whoever publishes them in the end. */
class JournalOutboxTest {
    private static final int MANY = 1_000;

    @TempDir
    private Path folder;

    @Test
    void events_are_there_with_their_facts_after_a_crash() {
        try (Store store = open()) {
            store.outbox().takeOver();
            store.append(List.of(with(begun("i-1", SagaStatus.RUNNING), "a", "b")));

            try (Store copy = SqliteStore.open(TestJournal.copyAsAfterCrash(file(), folder))) {
                assertEquals(List.of("a", "b"), waiting(copy));
            }
        }
    }

    @Test
    void facts_that_could_not_be_written_leave_no_events() {
        Store store = open();
        store.outbox().takeOver();
        TestJournal.execute(file(), "CREATE TRIGGER full BEFORE INSERT ON facts WHEN new.ordinal = 2 BEGIN SELECT RAISE(ABORT, 'full'); END");

        assertThrows(StoreException.class, () -> store.append(
                List.of(with(begun("i-1", SagaStatus.RUNNING), "a"), with(later("i-1", SagaStatus.COMPLETED, 2), "b"))));

        store.close();
        assertEquals(0, count());
    }

    @Test
    void a_batch_that_another_engine_was_quicker_with_leaves_no_events() {
        try (Store first = open(); Store second = open()) {
            second.outbox().takeOver();
            first.append(List.of(begun("i-2", SagaStatus.RUNNING)));

            assertThrows(StartedElsewhereException.class, () -> second.append(
                    List.of(with(begun("i-1", SagaStatus.RUNNING), "a"), with(begun("i-2", SagaStatus.RUNNING), "b"))));

            assertEquals(List.of(), waiting(second));
            second.append(List.of(with(begun("i-3", SagaStatus.RUNNING), "c")));
            assertEquals(List.of("c"), waiting(second));
        }
    }

    @Test
    void what_has_been_published_goes_with_the_next_batch() {
        try (Store store = open()) {
            store.outbox().takeOver();
            store.append(List.of(with(begun("i-1", SagaStatus.RUNNING), "a", "b")));
            store.outbox().published(store.owner(), read(store, store.owner()).get(0).number());
            assertEquals(2, count());

            store.append(List.of(with(begun("i-2", SagaStatus.RUNNING), "c")));

            assertEquals(List.of("b", "c"), waiting(store));
            assertEquals(2, count());
        }
    }

    @Test
    void what_has_been_published_can_go_by_itself() {
        try (Store store = open()) {
            store.outbox().takeOver();
            store.append(List.of(with(begun("i-1", SagaStatus.RUNNING), "a", "b")));
            store.outbox().published(store.owner(), read(store, store.owner()).get(1).number());

            store.outbox().forget();

            assertEquals(0, count());
        }
    }

    @Test
    void a_publisher_has_the_streams_of_those_that_are_gone_before_its_own() {
        Store gone = open();
        gone.outbox().takeOver();
        gone.append(List.of(with(begun("i-1", SagaStatus.COMPLETED), "a")));
        try (Store heir = open()) {
            heir.outbox().takeOver();
            heir.append(List.of(with(begun("i-2", SagaStatus.COMPLETED), "b")));
            long before = gone.owner();
            gone.close();

            assertEquals(List.of(before, heir.owner()), heir.outbox().takeOver());
            assertEquals(List.of("a", "b"), waiting(heir));
        }
    }

    /** The younger one's stream was the older one's last but one: the heir of both must not read them by age. */
    @Test
    void what_a_publisher_had_from_others_stays_before_its_own_for_the_next_heir() {
        Store older = open();
        older.outbox().takeOver();
        Store younger = open();
        younger.outbox().takeOver();
        younger.append(List.of(with(begun("i-1", SagaStatus.RUNNING), "a")));
        long first = younger.owner();
        long second = older.owner();
        younger.close();
        older.outbox().takeOver();
        older.claim(List.of(older.find("i-1").orElseThrow()));
        older.append(List.of(with(later("i-1", SagaStatus.COMPLETED, 2), "b")));
        older.close();

        try (Store heir = open()) {
            assertEquals(List.of(first, second, heir.owner()), heir.outbox().takeOver());
            assertEquals(List.of("a", "b"), waiting(heir));
        }
    }

    @Test
    void a_saga_s_events_move_with_it_from_whoever_else_publishes_them() {
        Store gone = open();
        gone.outbox().takeOver();
        gone.append(List.of(with(begun("i-1", SagaStatus.RUNNING), "a", "b"), with(begun("i-2", SagaStatus.RUNNING), "x")));
        gone.close();
        try (Store heir = open(); Store runs = open()) {
            heir.outbox().takeOver();
            runs.outbox().takeOver();

            assertEquals(Set.of(1L), runs.claim(List.of(runs.find("i-1").orElseThrow())));
            runs.append(List.of(with(later("i-1", SagaStatus.COMPLETED, 2), "c")));

            assertEquals(List.of("a", "b", "c"), waiting(runs));
            assertEquals(List.of("x"), waiting(heir));
        }
    }

    @Test
    void an_engine_that_publishes_nothing_leaves_the_events_of_a_saga_where_they_are() {
        Store gone = open();
        gone.outbox().takeOver();
        gone.append(List.of(with(begun("i-1", SagaStatus.RUNNING), "a")));
        gone.close();
        try (Store silent = open()) {
            silent.claim(List.of(silent.find("i-1").orElseThrow()));
            silent.append(List.of(later("i-1", SagaStatus.COMPLETED, 2)));
        }

        try (Store publisher = open()) {
            assertEquals(List.of("a"), waiting(publisher));
        }
    }

    @Test
    void an_engine_that_takes_the_place_of_its_dead_process_has_its_stream() {
        Store dead = open();
        dead.outbox().takeOver();
        dead.append(List.of(with(begun("i-1", SagaStatus.RUNNING), "a")));
        long owner = dead.owner();
        Path copy = TestJournal.copyAsAfterCrash(file(), folder);
        dead.close();

        try (Store next = SqliteStore.open(copy, JournalOptions.standard().replacing(owner))) {
            assertEquals(owner, next.owner());
            assertEquals(List.of(owner), next.outbox().takeOver());
            assertEquals(List.of("a"), waiting(next));
        }
    }

    @Test
    void many_events_are_read_page_by_page() {
        try (Store store = open()) {
            store.outbox().takeOver();
            for (int i = 0; i < MANY; i++) {
                store.append(List.of(with(begun("i-" + i, SagaStatus.COMPLETED), "e-" + i)));
            }

            List<EventOutbox.Waiting> first = store.outbox().read(store.owner(), 0, 3);
            List<EventOutbox.Waiting> second = store.outbox().read(store.owner(), first.get(2).number(), 3);

            assertEquals(List.of("e-0", "e-1", "e-2"), first.stream().map(EventOutbox.Waiting::event).toList());
            assertEquals(List.of("e-3", "e-4", "e-5"), second.stream().map(EventOutbox.Waiting::event).toList());
        }
    }

    @Test
    void a_damaged_event_is_found_by_a_check_and_not_published() {
        try (Store store = open()) {
            store.outbox().takeOver();
            store.append(List.of(with(begun("i-1", SagaStatus.RUNNING), "a", "b")));
            TestJournal.execute(file(), "UPDATE outbox SET body = 'z' WHERE body = 'a'");

            assertEquals(List.of("b"), waiting(store));
            assertEquals("event 1, which waits to be published, is not what was written",
                    store.verify(saga -> Optional.empty()).problems().get(0).message());
        }
    }

    @Test
    void a_journal_of_the_first_format_gets_the_new_tables_from_an_engine_and_not_from_an_observer() throws IOException {
        Path old = Files.copy(Path.of(System.getProperty("fireflytx.histories")).resolve("v1.db"), folder.resolve("old.db"));
        try (Store observer = ObservedJournal.open(old)) {
            assertEquals(List.of(), observer.verify(saga -> Optional.empty()).problems());
        }
        assertEquals(1, TestJournal.number(old, "PRAGMA user_version"));

        try (Store store = SqliteStore.open(old)) {
            store.outbox().takeOver();
            store.append(List.of(with(begun("i-1", SagaStatus.RUNNING), "a")));

            assertEquals(List.of("a"), waiting(store));
            assertEquals(List.of(), store.verify(saga -> Optional.empty()).problems());
        }
        assertEquals(2, TestJournal.number(old, "PRAGMA user_version"));
    }

    private Path file() {
        return folder.resolve("journal.db");
    }

    private Store open() {
        return SqliteStore.open(file());
    }

    private long count() {
        return TestJournal.number(file(), "SELECT count(*) FROM outbox");
    }

    private static Store.Entry with(Store.Entry entry, String... events) {
        return StoredSagas.with(entry, events);
    }

    /** All that a store's engine would publish, in that order. */
    private static List<String> waiting(Store store) {
        return store.outbox().takeOver().stream().flatMap(stream -> read(store, stream).stream()).map(EventOutbox.Waiting::event).toList();
    }

    private static List<EventOutbox.Waiting> read(Store store, long stream) {
        return store.outbox().read(stream, 0, MANY);
    }
}
