package dev.fireflytx.core.machine;

import static dev.fireflytx.core.definition.StepDefinition.step;
import static dev.fireflytx.core.machine.Scenario.attempts;
import static dev.fireflytx.core.machine.Scenario.start;
import static dev.fireflytx.core.machine.Scenario.startLimited;
import static dev.fireflytx.core.machine.Scenario.undoable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ForwardTest {

    @Test
    void a_saga_without_steps_completes_at_once() {
        assertEquals(SagaPhase.COMPLETED, start().phase());
    }

    @Test
    void steps_without_dependencies_start_together() {
        assertEquals(List.of("run a", "run b"), start(step("a"), step("b")).asks());
    }

    @Test
    void a_step_starts_the_moment_its_last_dependency_is_done() {
        Scenario saga = start(step("a"), step("b"), step("c").dependsOn("a", "b"));
        assertEquals(List.of(), saga.succeeds("a").asks());
        assertEquals(List.of("run c"), saga.succeeds("b").asks());
    }

    @Test
    void a_step_waits_for_its_own_dependencies_and_not_for_a_whole_layer() {
        Scenario saga = start(step("quick"), step("slow"), step("next").dependsOn("quick"));
        assertEquals(List.of("run next"), saga.succeeds("quick").asks());
    }

    @Test
    void a_saga_completes_with_its_last_step() {
        Scenario saga = start(step("a"), step("b").dependsOn("a"));
        assertEquals(SagaPhase.COMPLETED, saga.succeeds("a", "b").phase());
    }

    @Test
    void a_condition_is_asked_before_the_first_attempt() {
        Scenario saga = start(step("a").conditional(true));
        assertEquals(List.of("ask a"), saga.asks());
        assertEquals(List.of("run a"), saga.says("a", true).asks());
    }

    @Test
    void a_condition_is_not_asked_again_before_a_retry() {
        Scenario saga = start(step("a").conditional(true)).says("a", true).fails("a");
        assertEquals(List.of("run a"), saga.pauses("a").asks());
    }

    @Test
    void a_condition_that_says_no_skips_the_step_and_opens_its_dependents() {
        Scenario saga = start(step("a").conditional(true), step("b").dependsOn("a"));
        assertEquals(List.of("run b"), saga.says("a", false).asks());
        assertEquals(StepPhase.SKIPPED, saga.phaseOf("a"));
    }

    @Test
    void a_condition_that_raises_fails_the_step_without_a_retry() {
        assertEquals(StepPhase.FAILED, start(step("a").conditional(true)).fails("a").phaseOf("a"));
    }

    @Test
    void a_failed_attempt_is_retried_after_a_pause() {
        Scenario saga = start(step("a")).fails("a");
        assertEquals(List.of("wake a in 50 ms"), saga.asks());
        assertEquals(List.of("run a"), saga.pauses("a").asks());
    }

    @Test
    void pauses_double_and_have_full_jitter() {
        Scenario saga = start(step("a")).withJitter(0.999).fails("a");
        assertEquals(List.of("wake a in 99 ms"), saga.asks());
        assertEquals(List.of("wake a in 199 ms"), saga.pauses("a").fails("a").asks());
    }

    @Test
    void a_step_with_retry_3_fails_with_its_third_attempt() {
        Scenario saga = start(step("a").policy(attempts(3)));
        saga.fails("a").pauses("a").fails("a").pauses("a");
        assertEquals(StepPhase.RUNNING, saga.phaseOf("a"));
        assertEquals(StepPhase.FAILED, saga.fails("a").phaseOf("a"));
    }

    @Test
    void a_step_with_retry_1_is_never_retried() {
        assertEquals(StepPhase.FAILED, start(step("a").policy(attempts(1))).fails("a").phaseOf("a"));
    }

    @Test
    void an_error_that_is_not_retryable_fails_the_step_at_once() {
        assertEquals(StepPhase.FAILED, start(step("a")).failsForGood("a").phaseOf("a"));
    }

    @Test
    void an_attempt_that_runs_out_of_time_is_told_to_stop() {
        assertEquals(List.of("stop a"), start(step("a")).runsOutOfTime("a").asks());
    }

    @Test
    void a_retry_waits_until_the_timed_out_attempt_has_ended() {
        Scenario saga = start(step("a")).runsOutOfTime("a");
        assertEquals(List.of("wake a in 50 ms"), saga.ends("a").asks());
    }

    @Test
    void a_success_after_the_timeout_still_completes_a_step_that_is_open() {
        assertEquals(StepPhase.COMPLETED, start(step("a")).runsOutOfTime("a").succeeds("a").phaseOf("a"));
    }

    @Test
    void the_last_attempt_s_timeout_fails_the_step() {
        Scenario saga = start(step("a").policy(attempts(1))).runsOutOfTime("a");
        assertEquals(StepPhase.FAILED, saga.phaseOf("a"));
    }

    @Test
    void no_more_steps_run_at_once_than_the_limit() {
        Scenario saga = startLimited(2, step("a"), step("b"), step("c"));
        assertEquals(List.of("run a", "run b"), saga.asks());
        assertEquals(List.of("run c"), saga.succeeds("a").asks());
    }

    @Test
    void a_pause_holds_no_place() {
        Scenario saga = startLimited(1, step("a"), step("b"));
        assertEquals(List.of("wake a in 50 ms", "run b"), saga.fails("a").asks());
    }

    @Test
    void a_retry_that_is_due_waits_for_a_place() {
        Scenario saga = startLimited(1, step("a"), step("b")).fails("a");
        assertEquals(List.of(), saga.pauses("a").asks());
        assertEquals(List.of("run a"), saga.succeeds("b").asks());
    }

    @Test
    void an_attempt_that_was_told_to_stop_holds_its_place_until_it_ends() {
        Scenario saga = startLimited(1, step("a"), step("b"));
        assertEquals(List.of("stop a"), saga.runsOutOfTime("a").asks());
        assertEquals(List.of("wake a in 50 ms", "run b"), saga.ends("a").asks());
    }

    @Test
    void a_stuck_attempt_gives_its_place_back() {
        Scenario saga = startLimited(1, step("a"), step("b")).runsOutOfTime("a");
        assertEquals(List.of("run b"), saga.doesNotEnd("a").asks());
    }

    @Test
    void a_stuck_attempt_parks_the_saga() {
        Scenario saga = start(step("a")).runsOutOfTime("a").doesNotEnd("a");
        assertTrue(saga.state().isParked());
    }

    @Test
    void the_late_end_of_a_stuck_attempt_resumes_the_saga() {
        Scenario saga = start(step("a")).runsOutOfTime("a").doesNotEnd("a").ends("a");
        assertFalse(saga.state().isParked());
        assertEquals(List.of("run a"), saga.pauses("a").asks());
    }

    @Test
    void an_attempt_lost_to_a_crash_runs_again_at_once() {
        assertEquals(List.of("run a"), start(step("a")).isLost("a").asks());
    }

    @Test
    void losses_use_up_no_retry() {
        Scenario saga = start(step("a").policy(attempts(2))).isLost("a").isLost("a").fails("a");
        assertEquals(StepPhase.BACKOFF, saga.phaseOf("a"));
    }

    @Test
    void after_10_losses_the_step_parks() {
        Scenario saga = start(step("a"));
        for (int loss = 1; loss < SagaMachine.MAX_LOSSES; loss++) {
            saga.isLost("a");
        }
        assertEquals(List.of("run a"), saga.asks());
        assertEquals(StepPhase.PARKED, saga.isLost("a").phaseOf("a"));
    }

    @Test
    void the_success_of_an_attempt_thought_lost_completes_the_step_and_stops_its_successor() {
        Scenario saga = start(step("a")).isLost("a");
        assertEquals(List.of("stop a"), saga.news("a", 1).asks());
        assertEquals(SagaPhase.COMPLETED, saga.phase());
    }

    @Test
    void a_condition_lost_to_a_crash_is_asked_again_and_its_old_verdict_ignored() {
        Scenario saga = start(step("a").conditional(true));
        AttemptRef first = saga.attempt("a");
        assertEquals(List.of("ask a"), saga.isLost("a").asks());
        assertEquals(List.of(), saga.tell(new Signal.Verdict(first, false)).records());
    }

    @Test
    void an_outcome_told_twice_changes_nothing() {
        Scenario saga = start(undoable("a"), step("b")).succeeds("a");
        assertEquals(List.of(), saga.succeeds("a").records());
    }

    @Test
    void a_start_told_twice_changes_nothing() {
        assertEquals(List.of(), start(step("a")).tell(new Signal.Start("{}", 0)).records());
    }
}
