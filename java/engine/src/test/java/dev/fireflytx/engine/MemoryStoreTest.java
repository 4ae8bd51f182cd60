package dev.fireflytx.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MemoryStoreTest {
    private final Store store = Stores.memory();

    @Test
    void the_last_ten_thousand_results_are_kept() {
        for (int i = 0; i < Stores.MEMORY_RESULTS + 1; i++) {
            store.append(List.of(entry("i-" + i, true)));
        }

        assertTrue(store.ended("i-0").isEmpty());
        assertTrue(store.ended("i-1").isPresent());
        assertTrue(store.ended("i-" + Stores.MEMORY_RESULTS).isPresent());
    }

    @Test
    void a_saga_that_has_not_ended_is_not_found() {
        store.append(List.of(entry("i-1", false)));

        assertEquals(Optional.empty(), store.ended("i-1"));
    }

    @Test
    void batches_are_numbered_densely() {
        assertEquals(1, store.append(List.of(entry("i-1", false))));
        assertEquals(2, store.append(List.of(entry("i-2", false))));
    }

    private static Store.Entry entry(String id, boolean ended) {
        SagaResult result = new SagaResult(id, "one", SagaStatus.COMPLETED, 0, Optional.empty(), Optional.empty(),
                List.of(), List.of(), List.of(), List.of());
        return new Store.Entry(id, "one", 0, List.of(),
                ended ? Optional.of(new Store.EndedSaga("hash", result)) : Optional.empty());
    }
}
