package dev.fireflytx.core.machine;

import static dev.fireflytx.core.definition.StepDefinition.step;
import static dev.fireflytx.core.machine.Scenario.attempts;
import static dev.fireflytx.core.machine.Scenario.start;
import static dev.fireflytx.core.machine.Scenario.startParallel;
import static dev.fireflytx.core.machine.Scenario.startParallelLimited;
import static dev.fireflytx.core.machine.Scenario.undoable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.definition.InDoubtPolicy;
import dev.fireflytx.core.machine.StepState.Effect;
import java.util.List;
import org.junit.jupiter.api.Test;

class InDoubtTest {

    @Test
    void a_step_given_up_in_doubt_is_undone_too() {
        Scenario saga = start(undoable("a").policy(attempts(1))).runsOutOfTime("a");
        assertEquals(List.of("undo a"), saga.ends("a").asks());
        assertEquals(Effect.IN_DOUBT, saga.state().step(0).effect());
    }

    @Test
    void the_fact_of_its_failure_says_that_it_is_in_doubt() {
        Scenario saga = start(step("a").policy(attempts(1))).runsOutOfTime("a");
        assertTrue(saga.records().contains(new Fact.StepFailed(0, true)));
    }

    @Test
    void a_step_that_simply_raised_is_not_in_doubt() {
        Scenario saga = start(undoable("a")).failsForGood("a");
        assertTrue(saga.records().contains(new Fact.StepFailed(0, false)));
        assertEquals(SagaPhase.COMPENSATED, saga.phase());
    }

    @Test
    void a_timeout_keeps_a_step_in_doubt_also_when_its_last_attempt_raised() {
        Scenario saga = start(undoable("a").policy(attempts(2))).runsOutOfTime("a").ends("a").pauses("a");
        assertEquals(List.of("undo a"), saga.fails("a").asks());
    }

    @Test
    void a_crash_keeps_a_step_in_doubt_also_when_the_attempt_run_again_raised() {
        Scenario saga = start(undoable("a").policy(attempts(1))).isLost("a");
        assertEquals(List.of("undo a"), saga.fails("a").asks());
    }

    @Test
    void a_success_ends_the_doubt() {
        Scenario saga = start(step("a"), step("b")).isLost("a").succeeds("a");
        assertEquals(Effect.KNOWN, saga.state().step(0).effect());
    }

    @Test
    void with_policy_fail_a_step_in_doubt_counts_as_not_done() {
        Scenario saga = start(undoable("a").policy(attempts(1)).inDoubt(InDoubtPolicy.FAIL)).runsOutOfTime("a");
        assertEquals(SagaPhase.COMPENSATED, saga.ends("a").phase());
    }

    @Test
    void with_policy_park_a_step_in_doubt_waits_for_a_person() {
        Scenario saga = start(undoable("a").policy(attempts(1)).inDoubt(InDoubtPolicy.PARK)).runsOutOfTime("a");
        assertEquals(StepPhase.PARKED, saga.phaseOf("a"));
        assertTrue(saga.ends("a").state().isParked());
    }

    @Test
    void a_waiting_retry_in_doubt_parks_too_when_it_is_dropped() {
        Scenario saga = start(step("a").inDoubt(InDoubtPolicy.PARK), step("b")).runsOutOfTime("a").ends("a");
        assertEquals(StepPhase.PARKED, saga.failsForGood("b").phaseOf("a"));
    }

    @Test
    void a_parked_step_that_succeeds_after_all_completes() {
        Scenario saga = start(step("a").policy(attempts(1)).inDoubt(InDoubtPolicy.PARK)).runsOutOfTime("a");
        assertEquals(SagaPhase.COMPLETED, saga.succeeds("a").phase());
        assertFalse(saga.state().isParked());
    }

    @Test
    void an_attempt_that_was_really_cancelled_is_in_doubt() {
        Scenario saga = start(undoable("a")).isCancelled();
        assertEquals(List.of("undo a"), saga.ends("a").asks());
    }

    @Test
    void an_attempt_that_was_cancelled_and_then_lost_is_in_doubt() {
        Scenario saga = start(undoable("a")).isCancelled();
        assertEquals(List.of("undo a"), saga.isLost("a").asks());
    }

    @Test
    void a_late_success_before_compensation_is_undone_with_its_result() {
        Scenario saga = start(undoable("a").policy(attempts(1)).inDoubt(InDoubtPolicy.FAIL)).runsOutOfTime("a");
        assertEquals(List.of("undo a"), saga.succeeds("a").asks());
        assertEquals(Effect.KNOWN, saga.state().step(0).effect());
    }

    @Test
    void a_late_success_while_its_step_is_undone_in_doubt_has_it_undone_again() {
        Scenario saga = start(undoable("a").policy(attempts(1))).isLost("a").fails("a");
        assertEquals(List.of(), saga.news("a", 1).asks());
        assertEquals(List.of("undo a"), saga.succeeds("a").asks());
        assertEquals(SagaPhase.COMPENSATED, saga.succeeds("a").phase());
    }

    @Test
    void a_late_success_after_its_step_was_undone_has_it_undone_again() {
        Scenario saga = start(undoable("z"), undoable("a").dependsOn("z").policy(attempts(1)));
        saga.succeeds("z").isLost("a").fails("a").succeeds("a");
        assertEquals(List.of(), saga.news("a", 1).asks());
        assertEquals(List.of("undo a"), saga.succeeds("z").asks());
    }

    @Test
    void a_step_is_not_undone_again_before_the_compensation_that_was_stopped_has_ended() {
        Scenario saga = withASupersededCompensation(start(undoable("z"), undoable("a").policy(attempts(1))));
        assertEquals(List.of(), saga.succeeds("z").asks());
        assertEquals(List.of("undo a"), saga.ends("a").asks());
    }

    @Test
    void nor_is_it_in_parallel() {
        Scenario saga = withASupersededCompensation(startParallel(undoable("z"), undoable("a").policy(attempts(1))));
        assertEquals(List.of(), saga.asks());
        assertEquals(List.of("undo a"), saga.ends("a").asks());
    }

    /** Step a is undone by a compensation thought lost, its second one is told to stop, and then a late success arrives. */
    private static Scenario withASupersededCompensation(Scenario saga) {
        saga.succeeds("z").isLost("a").fails("a");
        AttemptRef first = saga.attempt("a");
        return saga.isLost("a").tell(new Signal.Succeeded(first, "{}", "{}")).news("a", 1);
    }

    @Test
    void a_late_success_while_the_retry_of_its_undoing_waits_for_a_place_is_undone_with_its_result() {
        Scenario saga = startParallelLimited(1, undoable("z"), undoable("a").policy(attempts(1)));
        saga.succeeds("z");
        saga.isLost("a").fails("a").fails("a").pauses("a").news("a", 1);
        assertEquals(Effect.LATE, saga.state().step(1).effect());
        assertEquals(List.of("undo a"), saga.succeeds("z").asks());
        assertEquals(Effect.KNOWN, saga.state().step(1).effect());
    }

    @Test
    void a_late_success_after_the_end_is_recorded_and_not_undone() {
        Scenario saga = start(undoable("a").policy(attempts(1))).isLost("a").fails("a").succeeds("a").news("a", 1);
        assertTrue(saga.records().contains(
                new Fact.LateSuccess(new AttemptRef(0, Direction.FORWARD, 1), false)));
        assertEquals(List.of(), saga.asks());
    }
}
