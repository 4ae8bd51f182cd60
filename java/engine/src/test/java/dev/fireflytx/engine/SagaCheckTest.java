package dev.fireflytx.engine;

import static dev.fireflytx.engine.StoredSagas.begun;
import static dev.fireflytx.engine.StoredSagas.later;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Facts have to be followed one after the other, and lead to where the saga's row says that it stands. */
class SagaCheckTest {
    private final Store store = Stores.memory();

    @Test
    void sagas_that_have_run_are_sound() {
        GoldenSagas.run(store);

        StoreReport report = store.verify(SagaCheck::problem);

        assertEquals(List.of(), report.problems());
        assertTrue(report.sagas() > 0 && report.facts() > report.sagas());
    }

    @Test
    void a_row_that_says_something_else_than_the_facts_is_a_problem() {
        store.append(List.of(begun("i-1", SagaStatus.RUNNING), later("i-1", SagaStatus.COMPENSATED, 1)));

        assertEquals(List.of(new StoreReport.Problem("i-1", "one", "its row says COMPENSATED, its facts say RUNNING")),
                store.verify(SagaCheck::problem).problems());
    }

    @Test
    void facts_that_make_no_sense_are_a_problem() {
        List<Fact> nonsense = List.of(new Fact.StepCompleted(new AttemptRef(7, Direction.FORWARD, 1)));
        store.append(List.of(begun("i-1", SagaStatus.RUNNING), new Store.Entry("i-1", Optional.empty(), 1, nonsense, SagaStatus.RUNNING)));

        StoreReport report = store.verify(SagaCheck::problem);

        assertEquals(1, report.problemCount());
        assertTrue(report.problems().get(0).message().startsWith("its facts make no sense: "));
    }
}
