package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.failure;
import static dev.fireflytx.engine.TestEngine.get;
import static dev.fireflytx.engine.TestEngine.step;
import static dev.fireflytx.engine.TestEngine.success;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.machine.Direction;
import java.lang.System.Logger.Level;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the engine's log says of a saga. */
class StoryTest {
    private static final SagaDefinition TWO = SagaDefinition.of("two", step("a").build(), step("b", "a").build());

    private final TestEngine test = new TestEngine(TWO);

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void debug_tells_a_sagas_whole_story_one_line_a_transition() {
        test.begin("two", "i-1");
        test.succeed(test.executor.next());
        test.report(test.executor.next(), failure("no"));
        test.succeed(test.executor.next());

        assertEquals(List.of(
                "started",
                "step 'a', attempt 1, starts",
                "step 'a', attempt 1, succeeded",
                "step 'a' completed",
                "step 'b', attempt 1, starts",
                "step 'b', attempt 1, failed with PaymentDeclined",
                "step 'b' failed",
                "turns back, since step 'b' failed",
                "compensation begins",
                "compensation of step 'a', attempt 1, starts",
                "compensation of step 'a', attempt 1, succeeded",
                "step 'a' undone",
                "ended COMPENSATED"), test.listener.messages(Level.DEBUG));
    }

    @Test
    void a_line_carries_saga_step_and_attempt_for_machines() {
        test.begin("two", "i-1");

        assertEquals(new EngineLog(Level.DEBUG, "step 'a', attempt 1, starts", "i-1", "two", "a", 1),
                test.listener.lines().get(1));
    }

    @Test
    void no_line_holds_a_value() {
        test.executor.answerAll(task -> task.attempt().step().equals("b")
                ? failure("secret") : new Outcome.Succeeded("{\"s\":\"secret\"}", "{\"k\":\"secret\"}"));
        get(test.engine.execute(new StartRequest("two", "i-1", "{\"s\":\"secret\"}")));

        assertFalse(test.listener.lines().toString().contains("secret"), test.listener.lines().toString());
    }

    @Test
    void levels_that_are_not_wanted_are_not_made() {
        test.listener.setLowest(Level.INFO);
        test.executor.answerAll(task -> success("{}"));
        get(test.begin("two", "i-1"));

        assertEquals(List.of(), test.listener.lines());
    }

    @Test
    void a_saga_that_ends_with_a_failed_compensation_is_an_error() {
        test.executor.answerAll(task -> task.attempt().step().equals("b")
                || task.attempt().direction() == Direction.BACKWARD ? failure("no") : success("{}"));
        get(test.begin("two", "i-1"));
        test.settle();

        assertEquals(List.of("undoing step 'a' is given up; a person has to deal with it"), test.listener.messages(Level.WARNING));
        assertEquals(List.of("ended COMPENSATION_FAILED"), test.listener.messages(Level.ERROR));
    }

    @Test
    void a_stuck_attempt_and_the_saga_that_it_parks_are_warnings() {
        test.begin("two", "i-1");
        test.pass(1_000 + TestEngine.SETTLE_MS);

        assertEquals(List.of(
                "step 'a', attempt 1, was told to stop and has not ended; its step waits for it",
                "waits for a person, or for an attempt that has not ended"), test.listener.messages(Level.WARNING));
    }

    @Test
    void a_listener_that_throws_does_not_end_the_engine() {
        ScriptedExecutor executor = new ScriptedExecutor().answerAll(task -> success("{}"));
        try (SagaEngine engine = SagaEngine.builder().executor(executor).listener(new Throwing()).build()) {
            engine.register(TWO);

            assertEquals(SagaStatus.COMPLETED, get(engine.execute(new StartRequest("two", "i-1", "{}"))).status());
        }
    }

    private static final class Throwing implements EngineListener {
        @Override
        public boolean isLogging(Level level) {
            return level != Level.DEBUG;
        }

        @Override
        public void onEvent(SagaEvent event) {
            throw new IllegalStateException("listener");
        }

        @Override
        public void onLog(EngineLog entry) {
            throw new IllegalStateException("listener");
        }
    }
}
