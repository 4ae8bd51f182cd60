package dev.fireflytx.core.machine;

import static dev.fireflytx.core.definition.StepDefinition.step;
import static dev.fireflytx.core.machine.Scenario.start;
import static dev.fireflytx.core.machine.Scenario.startTimed;
import static dev.fireflytx.core.machine.Scenario.undoable;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fireflytx.core.machine.SagaState.Cause;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Cancelling a saga, its timeout, and the pivot that forbids both. */
class CallOffTest {
    private final Scenario behindPivot =
            start(undoable("a"), step("pay").dependsOn("a").pivot(true), step("b").dependsOn("pay")).succeeds("a", "pay");

    @Test
    void a_cancelled_saga_stops_what_runs_and_undoes_what_is_done() {
        Scenario saga = start(undoable("a"), undoable("b").dependsOn("a")).succeeds("a");
        assertEquals(List.of("stop b"), saga.isCancelled().asks());
        assertEquals(List.of("undo b"), saga.ends("b").asks());
        assertEquals(List.of("undo a"), saga.succeeds("b").asks());
    }

    @Test
    void no_step_is_the_cause_of_a_cancellation() {
        assertEquals(new Cause.Cancelled("changed my mind"), start(step("a")).isCancelled().state().cause());
    }

    @Test
    void a_success_reported_after_the_cancellation_counts_as_completed() {
        Scenario saga = start(undoable("a")).isCancelled();
        assertEquals(List.of("undo a"), saga.succeeds("a").asks());
    }

    @Test
    void a_condition_that_is_being_asked_is_called_off() {
        Scenario saga = start(step("a").conditional(true)).isCancelled();
        assertEquals(StepPhase.PENDING, saga.phaseOf("a"));
        assertEquals(SagaPhase.COMPENSATED, saga.ends("a").phase());
    }

    @Test
    void a_second_cancellation_is_ignored() {
        assertEquals(List.of(), start(step("a")).isCancelled().isCancelled().records());
    }

    @Test
    void a_saga_that_compensates_can_not_be_cancelled() {
        Scenario saga = start(undoable("a"), step("b").dependsOn("a")).succeeds("a").failsForGood("b");
        assertEquals(List.of(), saga.isCancelled().records());
    }

    @Test
    void a_saga_that_has_ended_can_not_be_cancelled() {
        assertEquals(List.of(), start().isCancelled().records());
    }

    @Test
    void cancelling_a_failing_saga_stops_the_siblings_and_leaves_the_cause() {
        Scenario saga = start(step("a"), step("b")).failsForGood("b");
        assertEquals(List.of("stop a"), saga.isCancelled().asks());
        assertEquals(new Cause.Step(1), saga.state().cause());
    }

    @Test
    void a_saga_asks_to_be_woken_when_its_time_is_up() {
        assertEquals(List.of("run a", "wake the saga in 9000 ms"), startTimed(9_000, step("a")).asks());
    }

    @Test
    void a_start_s_own_timeout_goes_before_the_definition_s() {
        SagaState blank = SagaMachine.blank(startTimed(9_000, step("a")).state().plan());
        List<Fact> facts = SagaMachine.decide(blank, new Input(new Signal.Start("{}", 70), 1_000, 0, Places.UNLIMITED));
        assertEquals(1_070, SagaMachine.evolve(blank, facts).deadlineMs());
    }

    @Test
    void the_longest_timeout_overflows_nothing() {
        assertEquals(Long.MAX_VALUE, startTimed(Long.MAX_VALUE, step("a")).state().deadlineMs());
    }

    @Test
    void a_saga_whose_time_is_up_compensates() {
        Scenario saga = startTimed(9_000, undoable("a")).runsOutOfTime();
        assertEquals(List.of("stop a"), saga.asks());
        assertEquals(new Cause.TimedOut(9_000), saga.state().cause());
    }

    @Test
    void the_time_of_a_saga_is_up_only_once() {
        assertEquals(List.of(), startTimed(9_000, step("a")).runsOutOfTime().runsOutOfTime().records());
    }

    @Test
    void a_recovered_saga_whose_time_was_up_does_not_ask_to_be_woken_again() {
        Scenario saga = startTimed(9_000, step("a")).runsOutOfTime();
        SagaState blank = SagaMachine.blank(saga.state().plan());
        assertEquals(List.of(new Commands.Stop(saga.attempt("a"))), Commands.between(blank, saga.state()));
    }

    @Test
    void behind_the_pivot_a_saga_can_not_be_cancelled() {
        assertEquals(List.of(), behindPivot.isCancelled().records());
    }

    @Test
    void behind_the_pivot_the_saga_s_timeout_is_only_noted() {
        Scenario saga = startTimed(9_000, step("pay").pivot(true), step("b").dependsOn("pay")).succeeds("pay");
        assertEquals(List.of(new Fact.SagaOverdue(9_000)), saga.runsOutOfTime().records());
    }

    @Test
    void behind_the_pivot_steps_are_retried_without_end() {
        for (int failure = 1; failure <= 20; failure++) {
            behindPivot.fails("b").pauses("b");
        }
        assertEquals(List.of("wake b in 15000 ms"), behindPivot.fails("b").asks());
    }

    @Test
    void behind_the_pivot_an_error_that_is_not_retryable_parks_the_step() {
        assertEquals(StepPhase.PARKED, behindPivot.failsForGood("b").phaseOf("b"));
    }

    @Test
    void before_the_pivot_a_saga_compensates_as_any_other() {
        Scenario saga = start(undoable("a"), step("pay").dependsOn("a").pivot(true)).succeeds("a");
        assertEquals(List.of("undo a"), saga.failsForGood("pay").asks());
    }

    @Test
    void a_pivot_that_succeeds_although_the_saga_was_cancelled_takes_it_forward() {
        Scenario saga = start(undoable("a"), step("pay").dependsOn("a").pivot(true), step("b").dependsOn("pay"));
        saga.succeeds("a").isCancelled();
        assertEquals(List.of("run b"), saga.succeeds("pay").asks());
        assertEquals(SagaPhase.COMPLETED, saga.succeeds("b").phase());
    }
}
