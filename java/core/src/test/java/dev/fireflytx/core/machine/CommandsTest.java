package dev.fireflytx.core.machine;

import static dev.fireflytx.core.definition.StepDefinition.step;
import static dev.fireflytx.core.machine.Scenario.start;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fireflytx.core.machine.Commands.Run;
import dev.fireflytx.core.machine.Commands.Stop;
import dev.fireflytx.core.machine.Commands.Wake;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a change of state asks for when it took more than one input, or none that anybody remembers. */
class CommandsTest {

    @Test
    void nothing_is_asked_for_twice() {
        Scenario saga = start(step("a"));
        assertEquals(List.of(), Commands.between(saga.state(), saga.state()));
    }

    @Test
    void a_recovered_saga_asks_for_all_that_it_waits_for() {
        Scenario saga = start(step("a"), step("b"), step("c")).fails("a").runsOutOfTime("b");
        assertEquals(
                List.of(new Wake(0, Scenario.START_MS + 50), new Stop(saga.attempt("b")), new Run(saga.attempt("c"))),
                Commands.between(SagaMachine.blank(saga.state().plan()), saga.state()));
    }

    @Test
    void an_attempt_that_began_and_ended_in_between_is_not_run() {
        Scenario saga = start(step("a"), step("b").dependsOn("a"));
        SagaState before = saga.state();
        assertEquals(List.of(), Commands.between(before, saga.succeeds("a", "b").state()));
    }

    @Test
    void a_second_pause_asks_for_its_own_end() {
        Scenario saga = start(step("a")).fails("a");
        SagaState before = saga.state();
        SagaState after = saga.pauses("a").fails("a").state();
        assertEquals(List.of(new Wake(0, after.step(0).dueMs())), Commands.between(before, after));
    }

    @Test
    void a_saga_that_has_ended_asks_only_to_stop_what_still_runs() {
        Scenario saga = start(step("a")).isLost("a").news("a", 1);
        assertEquals(List.of("stop a"), saga.asks());
        assertEquals(List.of(), saga.doesNotEnd("a").asks());
    }
}
