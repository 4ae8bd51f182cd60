package dev.fireflytx.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
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
}
