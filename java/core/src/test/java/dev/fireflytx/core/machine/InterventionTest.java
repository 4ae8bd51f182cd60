package dev.fireflytx.core.machine;

import static dev.fireflytx.core.definition.StepDefinition.step;
import static dev.fireflytx.core.machine.Scenario.attempts;
import static dev.fireflytx.core.machine.Scenario.start;
import static dev.fireflytx.core.machine.Scenario.undoable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.definition.InDoubtPolicy;
import dev.fireflytx.core.machine.StepState.Effect;
import java.util.List;
import org.junit.jupiter.api.Test;

class InterventionTest {

    private static Scenario parkedInDoubt() {
        return start(undoable("a"), undoable("b").dependsOn("a").policy(attempts(1)).inDoubt(InDoubtPolicy.PARK),
                step("c").dependsOn("b"))
                .succeeds("a").runsOutOfTime("b").ends("b");
    }

    private static Scenario withFailedCompensation() {
        return start(undoable("a"), step("b").dependsOn("a")).succeeds("a").failsForGood("b").failsForGood("a");
    }

    private static Scenario resolved(Scenario saga, int step, Resolution resolution) {
        return saga.tell(new Signal.Resolve(step, resolution, "{}", "ann", "she looked"));
    }

    @Test
    void a_parked_step_that_is_tried_again_gets_a_new_attempt_with_all_its_retries() {
        Scenario saga = resolved(parkedInDoubt(), 1, Resolution.RETRY_STEP);
        assertEquals(List.of("run b"), saga.asks());
        assertFalse(saga.state().isParked());
        assertEquals(0, saga.state().step(1).forward().failures());
    }

    @Test
    void a_parked_step_that_is_declared_done_opens_its_dependents() {
        Scenario saga = resolved(parkedInDoubt(), 1, Resolution.COMPLETE_STEP);
        assertEquals(List.of("run c"), saga.asks());
        assertEquals(Effect.KNOWN, saga.state().step(1).effect());
    }

    @Test
    void a_parked_step_that_is_declared_failed_turns_its_saga_back_and_is_not_undone() {
        Scenario saga = resolved(parkedInDoubt(), 1, Resolution.FAIL_STEP);
        assertEquals(List.of("undo a"), saga.asks());
        assertEquals(SagaPhase.COMPENSATED, saga.succeeds("a").phase());
    }

    @Test
    void a_step_whose_code_is_gone_waits_for_a_person() {
        Scenario saga = start(undoable("a"), step("b").dependsOn("a")).succeeds("a");
        saga.tell(new Signal.Missing(saga.attempt("b"), "{}"));
        assertTrue(saga.records().contains(new Fact.StepParked(1, ParkReason.HANDLER_GONE)));
        assertTrue(saga.state().isParked());
    }

    @Test
    void a_compensation_whose_code_is_gone_is_given_up_for_a_person() {
        Scenario saga = start(undoable("a"), step("b").dependsOn("a")).succeeds("a").failsForGood("b");
        assertEquals(SagaPhase.COMPENSATION_FAILED, saga.tell(new Signal.Missing(saga.attempt("a"), "{}")).phase());
    }

    @Test
    void a_decision_is_a_fact_with_who_and_why() {
        Scenario saga = resolved(parkedInDoubt(), 1, Resolution.FAIL_STEP);
        assertEquals(new Fact.PersonDecided(1, Resolution.FAIL_STEP, "{}", "ann", "she looked"), saga.records().get(0));
    }

    @Test
    void a_failed_compensation_that_is_tried_again_and_succeeds_leaves_nothing_behind() {
        Scenario saga = withFailedCompensation();
        assertEquals(SagaPhase.COMPENSATION_FAILED, saga.phase());
        assertEquals(List.of("undo a"), resolved(saga, 0, Resolution.RETRY_COMPENSATION).asks());
        assertEquals(SagaPhase.COMPENSATED, saga.succeeds("a").phase());
    }

    @Test
    void a_failed_compensation_that_is_tried_again_can_fail_again() {
        Scenario saga = resolved(withFailedCompensation(), 0, Resolution.RETRY_COMPENSATION).failsForGood("a");
        assertEquals(SagaPhase.COMPENSATION_FAILED, saga.phase());
    }

    @Test
    void a_compensation_done_by_hand_or_skipped_ends_its_saga() {
        assertEquals(SagaPhase.COMPENSATED, resolved(withFailedCompensation(), 0, Resolution.MARK_COMPENSATED).phase());
        assertEquals(SagaPhase.COMPENSATED, resolved(withFailedCompensation(), 0, Resolution.SKIP_COMPENSATION).phase());
    }

    @Test
    void a_thread_that_never_ends_need_not_be_waited_for_once_a_person_has_decided() {
        Scenario saga = start(undoable("a"), step("b").dependsOn("a").policy(attempts(2)))
                .succeeds("a").runsOutOfTime("b").doesNotEnd("b");
        assertTrue(saga.state().isParked());
        assertEquals(List.of("undo a"), resolved(saga, 1, Resolution.FAIL_STEP).asks());
    }

    @Test
    void a_step_that_does_not_wait_can_not_be_resolved() {
        Scenario saga = start(step("a"));
        for (Resolution resolution : Resolution.values()) {
            assertTrue(Interventions.refusal(saga.state(), 0, resolution).isPresent(), resolution::name);
            assertEquals(List.of(), resolved(saga, 0, resolution).records(), resolution::name);
        }
    }

    @Test
    void behind_the_pivot_a_step_can_be_completed_or_tried_again_but_not_failed() {
        Scenario saga = start(step("p").pivot(true), step("b").dependsOn("p")).succeeds("p").failsForGood("b");
        assertTrue(Interventions.refusal(saga.state(), 1, Resolution.FAIL_STEP).isPresent());
        assertEquals(SagaPhase.COMPLETED, resolved(saga, 1, Resolution.COMPLETE_STEP).phase());
    }

    @Test
    void a_condition_that_was_lost_too_often_is_asked_again() {
        Scenario saga = start(step("a").conditional(true));
        for (int loss = 0; loss < SagaMachine.MAX_LOSSES; loss++) {
            saga.isLost("a");
        }
        assertTrue(saga.state().isParked());
        assertEquals(List.of("ask a"), resolved(saga, 0, Resolution.RETRY_STEP).asks());
    }

    private static Scenario withConditionThatDoesNotEnd() {
        return start(undoable("a").conditional(true)).isCancelled().doesNotEnd("a");
    }

    @Test
    void a_step_whose_condition_does_not_end_after_a_cancel_can_be_declared_failed() {
        assertEquals(SagaPhase.COMPENSATED, resolved(withConditionThatDoesNotEnd(), 0, Resolution.FAIL_STEP).phase());
    }

    @Test
    void a_step_whose_condition_does_not_end_after_a_cancel_can_be_declared_done_and_is_undone() {
        assertEquals(List.of("undo a"), resolved(withConditionThatDoesNotEnd(), 0, Resolution.COMPLETE_STEP).asks());
    }
}
