package dev.fireflytx.core.machine;

import static dev.fireflytx.core.definition.StepDefinition.step;
import static dev.fireflytx.core.machine.Scenario.attempts;
import static dev.fireflytx.core.machine.Scenario.start;
import static dev.fireflytx.core.machine.Scenario.startLimited;
import static dev.fireflytx.core.machine.Scenario.startParallel;
import static dev.fireflytx.core.machine.Scenario.startParallelLimited;
import static dev.fireflytx.core.machine.Scenario.undoable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.machine.SagaState.Cause;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackwardTest {

    @Test
    void completed_steps_are_undone_newest_first() {
        Scenario saga = start(undoable("a"), undoable("b"), step("c").dependsOn("a", "b"));
        assertEquals(List.of("undo a"), saga.succeeds("b", "a").failsForGood("c").asks());
        assertEquals(List.of("undo b"), saga.succeeds("a").asks());
        assertEquals(SagaPhase.COMPENSATED, saga.succeeds("b").phase());
    }

    @Test
    void steps_without_a_compensation_are_passed_over() {
        Scenario saga = start(undoable("a"), step("b").dependsOn("a"), step("c").dependsOn("b"));
        assertEquals(List.of("undo a"), saga.succeeds("a", "b").failsForGood("c").asks());
    }

    @Test
    void skipped_steps_are_not_undone() {
        Scenario saga = start(undoable("a").conditional(true), step("b").dependsOn("a")).says("a", false);
        assertEquals(SagaPhase.COMPENSATED, saga.failsForGood("b").phase());
    }

    @Test
    void a_saga_with_nothing_to_undo_is_compensated_too() {
        assertEquals(SagaPhase.COMPENSATED, start(step("a")).failsForGood("a").phase());
    }

    @Test
    void the_first_failure_is_the_cause() {
        Scenario saga = start(step("a"), step("b")).failsForGood("b").failsForGood("a");
        assertEquals(new Cause.Step(1), saga.state().cause());
    }

    @Test
    void waiting_retries_are_dropped_at_the_first_failure() {
        Scenario saga = start(step("a"), step("b")).fails("a").failsForGood("b");
        assertEquals(StepPhase.FAILED, saga.phaseOf("a"));
        assertEquals(SagaPhase.COMPENSATED, saga.phase());
    }

    @Test
    void nothing_starts_after_the_first_failure() {
        Scenario saga = start(undoable("a"), step("b"), step("c").dependsOn("a")).failsForGood("b");
        assertEquals(List.of("undo a"), saga.succeeds("a").asks());
        assertEquals(StepPhase.PENDING, saga.phaseOf("c"));
    }

    @Test
    void a_running_sibling_is_waited_for_and_not_told_to_stop() {
        Scenario saga = start(undoable("a"), step("b"));
        assertEquals(List.of(), saga.failsForGood("b").asks());
        assertEquals(SagaPhase.FAILING, saga.phase());
    }

    @Test
    void a_sibling_that_fails_after_the_first_failure_is_not_retried() {
        Scenario saga = start(step("a"), step("b")).failsForGood("b");
        assertEquals(StepPhase.FAILED, saga.fails("a").phaseOf("a"));
    }

    @Test
    void a_sibling_lost_to_a_crash_runs_again_also_in_a_failing_saga() {
        Scenario saga = start(undoable("a"), step("b")).failsForGood("b");
        assertEquals(List.of("run a"), saga.isLost("a").asks());
        assertEquals(List.of("undo a"), saga.succeeds("a").asks());
    }

    @Test
    void compensation_waits_until_a_timed_out_attempt_has_ended() {
        Scenario saga = start(undoable("a").policy(attempts(1))).runsOutOfTime("a");
        assertEquals(SagaPhase.FAILING, saga.phase());
        assertEquals(List.of("undo a"), saga.ends("a").asks());
    }

    @Test
    void a_stuck_attempt_holds_compensation_up_until_it_ends() {
        Scenario saga = start(undoable("a").policy(attempts(1))).runsOutOfTime("a").doesNotEnd("a");
        assertTrue(saga.state().isParked());
        assertEquals(List.of("undo a"), saga.ends("a").asks());
    }

    @Test
    void a_failed_compensation_is_retried_by_its_own_policy() {
        Scenario saga = start(undoable("a").policy(attempts(1)), step("b").dependsOn("a"));
        saga.succeeds("a").failsForGood("b");
        assertEquals(List.of("wake a in 50 ms"), saga.fails("a").asks());
        assertEquals(List.of("undo a"), saga.pauses("a").asks());
    }

    @Test
    void after_a_compensation_is_given_up_the_others_still_run() {
        Scenario saga = start(undoable("a"), undoable("b").dependsOn("a"), step("c").dependsOn("b"));
        saga.succeeds("a", "b").failsForGood("c");
        assertEquals(List.of("undo a"), saga.failsForGood("b").asks());
        assertEquals(SagaPhase.COMPENSATION_FAILED, saga.succeeds("a").phase());
    }

    @Test
    void a_compensation_that_never_ends_is_given_up() {
        Scenario saga = start(undoable("a"), step("b").dependsOn("a")).succeeds("a").failsForGood("b");
        assertEquals(SagaPhase.COMPENSATION_FAILED, saga.runsOutOfTime("a").doesNotEnd("a").phase());
    }

    @Test
    void a_compensation_given_up_that_ends_well_after_all_is_done() {
        Scenario saga = startParallel(undoable("a"), undoable("b"), step("c").dependsOn("a", "b"));
        saga.succeeds("a", "b").failsForGood("c").runsOutOfTime("a").doesNotEnd("a");
        assertEquals(StepPhase.COMPENSATED, saga.succeeds("a").phaseOf("a"));
        assertEquals(SagaPhase.COMPENSATED, saga.succeeds("b").phase());
    }

    @Test
    void losses_use_up_no_compensation_s_retry() {
        Scenario saga = start(undoable("a"), step("b").dependsOn("a")).succeeds("a").failsForGood("b");
        saga.isLost("a").isLost("a").isLost("a").fails("a");
        assertEquals(StepPhase.UNDO_BACKOFF, saga.phaseOf("a"));
    }

    @Test
    void after_10_losses_a_compensation_is_given_up() {
        Scenario saga = start(undoable("a"), step("b").dependsOn("a")).succeeds("a").failsForGood("b");
        for (int loss = 1; loss <= SagaMachine.MAX_LOSSES; loss++) {
            saga.isLost("a");
        }
        assertEquals(StepPhase.COMPENSATION_FAILED, saga.phaseOf("a"));
    }

    @Test
    void a_compensation_thought_lost_that_succeeds_stops_its_successor() {
        Scenario saga = start(undoable("a"), undoable("b").dependsOn("a"), step("c").dependsOn("b"));
        saga.succeeds("a", "b").failsForGood("c");
        AttemptRef first = saga.attempt("b");
        saga.isLost("b").tell(new Signal.Succeeded(first, "{}", "{}"));
        assertEquals(List.of("undo a", "stop b"), saga.asks());
    }

    @Test
    void parallel_compensation_undoes_each_step_as_soon_as_its_dependents_are() {
        Scenario saga = startParallel(undoable("a"), undoable("b").dependsOn("a"), undoable("c").dependsOn("a"),
                undoable("alone"), step("d").dependsOn("b", "c", "alone"));
        assertEquals(List.of("undo b", "undo c", "undo alone"),
                saga.succeeds("a", "b", "c", "alone").failsForGood("d").asks());
        assertEquals(List.of(), saga.succeeds("b").asks());
        assertEquals(List.of("undo a"), saga.succeeds("c").asks());
    }

    @Test
    void parallel_compensation_looks_through_steps_that_have_none() {
        Scenario saga = startParallel(undoable("a"), step("b").dependsOn("a"), undoable("c").dependsOn("b"),
                step("d").dependsOn("c"));
        assertEquals(List.of("undo c"), saga.succeeds("a", "b", "c").failsForGood("d").asks());
        assertEquals(List.of("undo a"), saga.succeeds("c").asks());
    }

    @Test
    void a_dependent_that_could_not_be_undone_holds_nothing_back() {
        Scenario saga = startParallel(undoable("a"), undoable("b").dependsOn("a"), step("c").dependsOn("b"));
        saga.succeeds("a", "b").failsForGood("c");
        assertEquals(List.of("undo a"), saga.failsForGood("b").asks());
    }

    @Test
    void a_compensation_s_retry_that_is_due_waits_for_a_place() {
        Scenario saga = startParallelLimited(1, undoable("a"), undoable("b"), step("c").dependsOn("a", "b"));
        saga.succeeds("a", "b").failsForGood("c").fails("b");
        assertEquals(List.of(), saga.pauses("b").asks());
        assertEquals(List.of("undo b"), saga.succeeds("a").asks());
    }

    @Test
    void a_compensation_thought_lost_that_succeeds_saves_the_retry_that_waits_for_a_place() {
        Scenario saga = startParallelLimited(1, undoable("a"), undoable("b"), step("c").dependsOn("a", "b"));
        saga.succeeds("a", "b").failsForGood("c");
        AttemptRef first = saga.attempt("b");
        saga.isLost("b").fails("b").pauses("b").tell(new Signal.Succeeded(first, "{}", "{}"));
        assertEquals(StepPhase.COMPENSATED, saga.phaseOf("b"));
    }

    @Test
    void no_more_compensations_run_at_once_than_the_limit() {
        Scenario saga = startLimited(1, undoable("a"), undoable("b"), step("c").dependsOn("a", "b"));
        assertEquals(List.of("undo b"), saga.succeeds("a", "b").failsForGood("c").asks());
    }
}
