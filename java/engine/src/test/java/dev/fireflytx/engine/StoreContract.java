package dev.fireflytx.engine;

import static dev.fireflytx.engine.StoredSagas.AT_MS;
import static dev.fireflytx.engine.StoredSagas.begun;
import static dev.fireflytx.engine.StoredSagas.later;
import static dev.fireflytx.engine.TestEngine.step;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.fireflytx.core.definition.SagaDefinition;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store does. */
public abstract class StoreContract {
    private static final int MANY = 1_000;
    private static final SagaDefinition OTHER = SagaDefinition.of("other", step("z").build());

    /** The store under test. */
    protected Store store;

    /** {@return a new, empty store} */
    protected abstract Store open();

    @BeforeEach
    void openStore() {
        store = open();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void batches_are_numbered_densely() {
        assertEquals(1, store.append(List.of(begun("i-1", SagaStatus.RUNNING))));
        assertEquals(2, store.append(List.of(begun("i-2", SagaStatus.RUNNING), later("i-1", SagaStatus.COMPLETED, AT_MS))));
        assertEquals(3, store.append(List.of(later("i-2", SagaStatus.COMPLETED, AT_MS))));
    }

    @Test
    void a_saga_is_loaded_with_all_that_happened_to_it() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
        store.append(List.of(begun("i-2", SagaStatus.RUNNING)));
        store.append(List.of(later("i-1", SagaStatus.COMPLETED, AT_MS + 5)));

        Store.StoredSaga saga = store.load("i-1").orElseThrow();

        assertEquals(StoredSagas.ONE, saga.definition());
        assertEquals(List.of(new Store.TimedFacts(AT_MS, StoredSagas.started(AT_MS)),
                new Store.TimedFacts(AT_MS + 5, StoredSagas.completed())), saga.turns());
    }

    @Test
    void a_header_tells_when_a_saga_started_and_when_its_status_last_changed() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
        store.append(List.of(later("i-1", SagaStatus.RUNNING, AT_MS + 1)));
        store.append(List.of(later("i-1", SagaStatus.COMPLETED, AT_MS + 2)));

        assertEquals(new Store.Header(1, "i-1", "one", "hash of i-1", SagaStatus.COMPLETED, AT_MS, AT_MS + 2, Store.NOBODY),
                store.find("i-1").orElseThrow());
    }

    @Test
    void two_entries_of_a_new_saga_in_one_batch_are_two_turns() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING), later("i-1", SagaStatus.COMPLETED, AT_MS + 1)));

        Store.StoredSaga saga = store.load("i-1").orElseThrow();

        assertEquals(2, saga.turns().size());
        assertEquals(SagaStatus.COMPLETED, saga.header().status());
    }

    @Test
    void an_unknown_saga_is_not_found() {
        assertEquals(Optional.empty(), store.find("nobody"));
        assertEquals(Optional.empty(), store.load("nobody"));
    }

    @Test
    void unfinished_sagas_come_page_by_page_in_the_order_of_their_starts() {
        IntStream.range(0, MANY).forEach(i -> store.append(List.of(
                begun("i-" + i, i % 2 == 0 ? SagaStatus.RUNNING : SagaStatus.COMPLETED))));

        List<Store.StoredSaga> first = left(0, store.newest(), 3);
        List<Store.StoredSaga> second = left(first.get(2).header().number(), store.newest(), 3);

        assertEquals(List.of("i-0", "i-2", "i-4"), ids(first));
        assertEquals(List.of("i-6", "i-8", "i-10"), ids(second));
        assertEquals(MANY / 2, store.leftCount(store.newest()));
    }

    @Test
    void unfinished_sagas_come_in_the_order_of_their_starts_whatever_has_happened_to_them_since() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING), begun("i-2", SagaStatus.RUNNING), begun("i-3", SagaStatus.RUNNING)));
        store.append(List.of(later("i-1", SagaStatus.COMPENSATION_FAILED, AT_MS)));
        store.append(List.of(later("i-2", SagaStatus.RUNNING, AT_MS + 1)));
        store.claim(List.of(store.find("i-1").orElseThrow()));
        store.append(List.of(later("i-1", SagaStatus.COMPENSATING, AT_MS + 2)));

        assertEquals(List.of("i-1", "i-2"), ids(left(0, store.newest(), 2)));
        assertEquals(List.of("i-3"), ids(left(2, store.newest(), 2)));
        assertEquals(List.of("i-1"), list(query(Optional.of(SagaStatus.COMPENSATING), Optional.empty(), 0, 0, MANY)));
    }

    @Test
    void unfinished_sagas_that_started_after_the_bound_are_left_out() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
        long bound = store.newest();
        store.append(List.of(begun("i-2", SagaStatus.RUNNING)));

        assertEquals(List.of("i-1"), ids(left(0, bound, MANY)));
    }

    @Test
    void parked_and_compensating_sagas_are_unfinished() {
        store.append(List.of(begun("i-1", SagaStatus.PARKED), begun("i-2", SagaStatus.COMPENSATING),
                begun("i-3", SagaStatus.COMPENSATION_FAILED)));

        assertEquals(List.of("i-1", "i-2"), ids(left(0, store.newest(), MANY)));
    }

    @Test
    void a_listing_has_the_newest_start_first() {
        fill();

        assertEquals(List.of("i-4", "i-3", "i-2", "i-1"), list(query(Optional.empty(), Optional.empty(), 0, 0, MANY)));
    }

    @Test
    void a_listing_is_narrowed_by_status_name_and_time() {
        fill();

        assertEquals(List.of("i-2", "i-1"), list(query(Optional.of(SagaStatus.RUNNING), Optional.empty(), 0, 0, MANY)));
        assertEquals(List.of("i-3"), list(query(Optional.empty(), Optional.of("other"), 0, 0, MANY)));
        assertEquals(List.of("i-4", "i-3"), list(query(Optional.empty(), Optional.empty(), AT_MS + 3, 0, MANY)));
    }

    @Test
    void a_listing_goes_on_where_its_last_page_ended() {
        fill();
        List<Store.Header> first = store.list(query(Optional.empty(), Optional.empty(), 0, 0, 2));

        assertEquals(List.of("i-2", "i-1"),
                list(query(Optional.empty(), Optional.empty(), 0, first.get(1).number(), 2)));
    }

    @Test
    void the_newest_number_is_that_of_the_last_start() {
        assertEquals(0, store.newest());
        fill();
        store.append(List.of(later("i-1", SagaStatus.COMPLETED, AT_MS)));

        assertEquals(store.find("i-4").orElseThrow().number(), store.newest());
        assertFalse(store.newest() == 0);
    }

    @Test
    void sagas_whose_class_is_unknown_are_counted_but_not_read() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING), begun(OTHER, "i-2", SagaStatus.RUNNING, AT_MS)));

        assertEquals(List.of("i-2"), ids(store.left(Set.of("other"), 0, store.newest(), MANY).sagas()));
        assertEquals(new Store.Page(List.of(), List.of(), 0), store.left(Set.of(), 0, store.newest(), MANY));
        assertEquals(2, store.leftCount(store.newest()));
    }

    @Test
    void a_saga_that_has_changed_since_it_was_read_can_t_be_claimed() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
        Store.Header read = store.find("i-1").orElseThrow();
        store.append(List.of(later("i-1", SagaStatus.COMPLETED, AT_MS)));

        assertEquals(Set.of(), store.claim(List.of(read)));
        assertEquals(Set.of(read.number()), store.claim(List.of(store.find("i-1").orElseThrow())));
    }

    /** {@return whether it keeps events to be published} */
    protected boolean keepsEvents() {
        return true;
    }

    @Test
    void events_wait_in_the_order_of_their_facts_until_they_have_been_published() {
        Assumptions.assumeTrue(keepsEvents());
        long stream = store.outbox().takeOver().get(0);
        store.append(List.of(StoredSagas.with(begun("i-1", SagaStatus.RUNNING), "a", "b"),
                StoredSagas.with(begun("i-2", SagaStatus.RUNNING), "c")));
        store.append(List.of(StoredSagas.with(later("i-1", SagaStatus.COMPLETED, AT_MS), "d")));
        assertEquals(List.of("a", "b", "c", "d"), events(stream, 0));

        store.outbox().published(stream, store.outbox().read(stream, 0, 2).get(1).number());
        store.outbox().forget();

        assertEquals(List.of("c", "d"), events(stream, 0));
        assertEquals(List.of("d"), events(stream, store.outbox().read(stream, 0, 1).get(0).number()));
    }

    private List<String> events(long stream, long after) {
        return store.outbox().read(stream, after, MANY).stream().map(EventOutbox.Waiting::event).toList();
    }

    @Test
    void sagas_are_counted_by_name_and_status() {
        fill();

        assertEquals(Map.of("one RUNNING", 2L, "one COMPLETED", 1L, "other COMPLETED", 1L),
                store.count(AT_MS).stream().collect(Collectors.toMap(count -> count.saga() + " " + count.status(), SagaCount::sagas)));
    }

    @Test
    void counts_tell_what_is_recent() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING), begun("i-2", SagaStatus.RUNNING)));
        store.append(List.of(later("i-1", SagaStatus.COMPLETED, AT_MS + 5), later("i-2", SagaStatus.COMPLETED, AT_MS + 10)));

        assertEquals(List.of(new SagaCount("one", SagaStatus.COMPLETED, 2, 0, 2, 1, 2)),
                store.count(AT_MS + 10 + SagaCount.MINUTE_MS));
        assertEquals(List.of(new SagaCount("one", SagaStatus.COMPLETED, 2, 0, 0, 0, 0)),
                store.count(AT_MS + 11 + SagaCount.HOUR_MS));
    }

    @Test
    void every_turn_of_a_saga_is_counted() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
        store.append(List.of(later("i-1", SagaStatus.COMPLETED, AT_MS + 5)));

        assertEquals(2, store.turns("i-1"));
        assertEquals(0, store.turns("unknown"));
    }

    private List<Store.StoredSaga> left(long after, long upTo, int limit) {
        return store.left(Set.of("one"), after, upTo, limit).sagas();
    }

    private void fill() {
        store.append(List.of(begun(StoredSagas.ONE, "i-1", SagaStatus.RUNNING, AT_MS + 1),
                begun(StoredSagas.ONE, "i-2", SagaStatus.RUNNING, AT_MS + 2)));
        store.append(List.of(begun(OTHER, "i-3", SagaStatus.COMPLETED, AT_MS + 3),
                begun(StoredSagas.ONE, "i-4", SagaStatus.COMPLETED, AT_MS + 4)));
    }

    private List<String> list(Store.Query query) {
        return store.list(query).stream().map(Store.Header::correlationId).toList();
    }

    private static Store.Query query(
            Optional<SagaStatus> status, Optional<String> saga, long sinceMs, long before, int limit) {
        return new Store.Query(status, saga, sinceMs, before, limit);
    }

    private static List<String> ids(List<Store.StoredSaga> sagas) {
        return sagas.stream().map(saga -> saga.header().correlationId()).toList();
    }
}
