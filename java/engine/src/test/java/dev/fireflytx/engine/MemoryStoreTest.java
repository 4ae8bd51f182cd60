package dev.fireflytx.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.machine.Fact;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a memory store does otherwise than a durable one; {@link StoreContract} has the rest. */
class MemoryStoreTest extends StoreContract {

    @Override
    protected Store open() {
        return Stores.memory();
    }

    @Test
    void the_last_ten_thousand_results_are_kept() {
        for (int i = 0; i < Stores.MEMORY_RESULTS + 1; i++) {
            store.append(List.of(StoredSagas.begun("i-" + i, SagaStatus.COMPLETED)));
        }

        assertTrue(store.find("i-0").isEmpty());
        assertTrue(store.find("i-1").isPresent());
        assertTrue(store.find("i-" + Stores.MEMORY_RESULTS).isPresent());
    }

    @Test
    void a_saga_that_has_not_ended_is_kept_however_many_end_after_it() {
        store.append(List.of(StoredSagas.begun("first", SagaStatus.RUNNING)));
        for (int i = 0; i < Stores.MEMORY_RESULTS + 1; i++) {
            store.append(List.of(StoredSagas.begun("i-" + i, SagaStatus.COMPLETED)));
        }

        assertEquals(SagaStatus.RUNNING, store.find("first").orElseThrow().status());
    }

    /** It once died of sagas with inputs of 1 MB: six hundred that had ended were more than its memory. */
    @Test
    void results_whose_values_are_large_together_are_not_all_kept() {
        String mebibyte = "{\"x\":\"" + "x".repeat(1 << 20) + "\"}";
        for (int i = 0; i < 65; i++) {
            store.append(List.of(new Store.Entry("i-" + i, Optional.of(new Store.Beginning(StoredSagas.ONE, "hash")), 1,
                    List.of(new Fact.SagaStarted(mebibyte, 0, 1, 1)), SagaStatus.COMPLETED)));
        }

        assertTrue(store.find("i-0").isEmpty());
        assertTrue(store.find("i-2").isPresent());
    }

    @Test
    void what_comes_after_a_saga_s_end_is_counted_once() {
        try (Store small = new MemoryStore(1_000, 200)) {
            small.append(List.of(StoredSagas.begun("first", SagaStatus.COMPLETED)));
            for (int i = 0; i < 5; i++) {
                small.append(List.of(StoredSagas.later("first", SagaStatus.COMPLETED, StoredSagas.AT_MS)));
            }
            small.append(List.of(StoredSagas.begun("last", SagaStatus.COMPLETED)));

            assertTrue(small.find("first").isPresent());
        }
    }

    @Test
    void events_that_nobody_takes_go_when_they_are_too_large_together_the_oldest_first() {
        MemoryOutbox outbox = new MemoryOutbox(6);

        outbox.add(List.of("aa", "bb", "cc", "dd"));

        assertEquals(List.of("bb", "cc", "dd"), outbox.read(1, 0, 10).stream().map(EventOutbox.Waiting::event).toList());
    }

    @Test
    void the_last_result_is_kept_however_large_it_is() {
        try (Store small = new MemoryStore(1_000, 1)) {
            small.append(List.of(StoredSagas.begun("first", SagaStatus.COMPLETED)));
            small.append(List.of(StoredSagas.begun("last", SagaStatus.COMPLETED)));

            assertTrue(small.find("first").isEmpty());
            assertTrue(small.find("last").isPresent());
        }
    }
}
