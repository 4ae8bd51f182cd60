package dev.fireflytx.core.machine;

import static dev.fireflytx.core.definition.StepDefinition.step;
import static dev.fireflytx.core.machine.Scenario.attempts;
import static dev.fireflytx.core.machine.Scenario.start;
import static dev.fireflytx.core.machine.Scenario.startLimited;
import static dev.fireflytx.core.machine.Scenario.undoable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.fireflytx.core.definition.InDoubtPolicy;
import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.machine.StepState.Effect;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of attempts for which there is no place outside. */
class QueueTest {
    private final Scenario queued = start(undoable("a"), undoable("b").dependsOn("a").inDoubt(InDoubtPolicy.PARK))
            .withPlaces(0, 0).succeeds("a");

    @Test
    void an_attempt_without_a_place_is_queued_and_starts_when_it_has_one() {
        assertEquals(List.of("queue to run b"), queued.asks());
        assertEquals(List.of("run b"), queued.getsPlace("b").asks());
        assertEquals(1, queued.attempt("b").number());
    }

    @Test
    void places_are_taken_by_kind_in_the_order_of_the_steps() {
        Scenario saga = start(step("a"), step("b").dependsOn("a"), step("t").dependsOn("a").kind(StepKind.THREAD), step("c").dependsOn("a"))
                .withPlaces(1, 0).succeeds("a");
        assertEquals(List.of("run b", "queue to run t", "queue to run c"), saga.asks());
    }

    @Test
    void a_queued_attempt_has_not_started() {
        assertEquals(0, queued.state().step(1).forward().attempts());
        assertEquals(List.of(), queued.state().out());
    }

    @Test
    void a_saga_whose_attempt_is_queued_is_not_parked() {
        assertFalse(queued.state().isParked());
    }

    @Test
    void a_queued_attempt_counts_for_the_saga_s_own_limit() {
        Scenario saga = startLimited(1, step("a"), step("b").dependsOn("a"), step("c").dependsOn("a")).withPlaces(0, 0).succeeds("a");
        assertEquals(List.of("queue to run b"), saga.asks());
    }

    @Test
    void a_place_that_comes_too_late_starts_nothing() {
        queued.isCancelled();
        assertEquals(List.of(), queued.getsPlace("b").records());
    }

    @Test
    void a_queued_attempt_that_is_called_off_had_no_effect() {
        assertEquals(List.of("queue to undo a", "unqueue b"), queued.isCancelled().asks());
        assertEquals(Effect.NONE, queued.state().step(1).effect());
    }

    @Test
    void a_queued_condition_that_is_called_off_is_not_asked() {
        Scenario saga = start(step("a"), step("b").dependsOn("a").conditional(true)).withPlaces(0, 0).succeeds("a");
        assertEquals(List.of("queue to ask b"), saga.asks());
        assertEquals(SagaPhase.COMPENSATED, saga.isCancelled().phase());
    }

    @Test
    void from_the_first_failure_on_no_queued_attempt_starts() {
        Scenario saga = start(step("a"), step("b"), step("c").dependsOn("a")).withPlaces(0, 0).succeeds("a");
        assertEquals(List.of("unqueue c"), saga.failsForGood("b").asks());
    }

    @Test
    void a_queued_retry_is_given_up_at_the_first_failure_of_another_step() {
        Scenario saga = start(step("a"), step("b")).fails("a").withPlaces(0, 0).pauses("a").failsForGood("b");
        assertEquals(StepPhase.FAILED, saga.phaseOf("a"));
    }

    @Test
    void a_lost_attempt_runs_again_though_its_saga_turned_back_while_it_waited() {
        Scenario saga = start(undoable("a"), step("b")).withPlaces(0, 0).isLost("a").failsForGood("b");
        assertEquals(SagaPhase.FAILING, saga.phase());
        assertEquals(List.of("run a"), saga.getsPlace("a").asks());
    }

    @Test
    void waiting_is_no_loss() {
        Scenario saga = start(step("a")).withPlaces(0, 0).isLost("a");
        assertEquals(1, saga.tell(new Signal.Lost(saga.attempt("a"))).state().step(0).forward().losses());
    }

    @Test
    void the_success_of_a_lost_attempt_saves_the_one_that_waits_to_run_again() {
        Scenario saga = start(step("a").policy(attempts(1))).withPlaces(0, 0).isLost("a");
        assertEquals(List.of("unqueue a"), saga.news("a", 1).asks());
        assertEquals(SagaPhase.COMPLETED, saga.phase());
    }

    @Test
    void while_an_undo_is_queued_no_other_one_begins() {
        Scenario saga = start(undoable("a"), undoable("b"), step("c")).succeeds("a", "b").withPlaces(0, 0).failsForGood("c");
        assertEquals(List.of("queue to undo b"), saga.asks());
        assertEquals(List.of("undo b"), saga.withPlaces(9, 9).getsPlace("b").asks());
        assertEquals(List.of("undo a"), saga.succeeds("b").asks());
    }
}
