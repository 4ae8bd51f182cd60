package dev.fireflytx.engine.simulation;

import static dev.fireflytx.engine.StoredSagas.begun;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.engine.FencedException;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.StartedElsewhereException;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreContract;
import dev.fireflytx.engine.simulation.SimulatedDisk.Shared;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The simulated journal does what every store does, and to several owners what {@code SqliteStoreTest} shows of the real one. */
class SimulatedDiskTest extends StoreContract {
    private final Shared shared = new Shared(new Journal(), new SimulatedOwners(owner -> {}), new SimulatedRequests());

    @Override
    protected Store open() {
        return new SimulatedDisk(shared, new SimulatedClock(), shared.owners().join(Store.NOBODY), () -> {});
    }

    @Test
    void what_a_living_owner_runs_is_not_left_and_can_t_be_claimed() {
        Store other = open();
        store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
        Store.Header saga = other.find("i-1").orElseThrow();

        assertEquals(List.of(), other.left(Set.of("one"), 0, other.newest(), 1).sagas());
        assertEquals(Set.of(), other.claim(List.of(saga)));
        assertTrue(other.isElsewhere(saga));
    }

    @Test
    void what_an_owner_leaves_is_anybody_s_but_of_one_only() {
        Store second = open();
        Store third = open();
        store.append(List.of(begun("i-1", SagaStatus.RUNNING)));
        shared.owners().remove(store.owner());
        Store.Header saga = second.find("i-1").orElseThrow();

        assertEquals(Set.of(saga.number()), second.claim(List.of(saga)));
        assertEquals(Set.of(), third.claim(List.of(saga)));
    }

    @Test
    void an_id_that_another_owner_has_used_a_moment_earlier_starts_nothing() {
        open().append(List.of(begun("i-1", SagaStatus.RUNNING)));

        assertThrows(StartedElsewhereException.class,
                () -> store.append(List.of(begun("i-1", SagaStatus.RUNNING), begun("i-2", SagaStatus.RUNNING))));

        assertEquals(Optional.empty(), store.find("i-2"));
    }

    @Test
    void an_owner_that_was_taken_over_writes_nothing_more() {
        shared.owners().remove(store.owner());

        assertThrows(FencedException.class, () -> store.append(List.of(begun("i-1", SagaStatus.RUNNING))));
        assertEquals(Optional.empty(), store.find("i-1"));
    }

    /** No simulated world has a publisher. */
    @Override
    protected boolean keepsEvents() {
        return false;
    }
}
