package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.failure;
import static dev.fireflytx.engine.TestEngine.get;
import static dev.fireflytx.engine.TestEngine.step;
import static dev.fireflytx.engine.TestEngine.success;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepKind;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TimersTest {
    /** Its step has 1 s. */
    private static final SagaDefinition ONE = SagaDefinition.of("one", step("a").build());

    private final TestEngine test = new TestEngine(ONE);

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void a_step_whose_time_is_up_is_told_to_stop_and_fails_with_the_documented_message() {
        CompletableFuture<SagaResult> running = test.begin("one", "i-1");
        Task forward = test.executor.next();

        test.pass(1_000);
        assertEquals(new ScriptedExecutor.Stop(forward.attempt(), StopReason.TIMEOUT), test.executor.nextStop());
        test.report(forward, new Outcome.Ended("{}"));
        test.succeed(test.executor.next());

        assertEquals("Step execution timeout after 1000ms", get(running).error().orElseThrow().message());
    }

    @Test
    void what_an_attempt_raises_after_its_time_was_up_does_not_hide_the_timeout() {
        CompletableFuture<SagaResult> running = test.begin("one", "i-1");
        Task forward = test.executor.next();

        test.pass(1_000);
        test.report(forward, failure("connection closed"));
        test.succeed(test.executor.next());

        assertEquals("Step execution timeout after 1000ms", get(running).error().orElseThrow().message());
    }

    @Test
    void a_step_is_not_told_to_stop_before_its_time_is_up() {
        test.begin("one", "i-1");

        test.pass(999);

        assertEquals(List.of(), test.executor.stops());
    }

    @Test
    void an_outcome_beats_a_timer_that_is_due_in_the_same_turn() {
        CompletableFuture<SagaResult> running = test.begin("one", "i-1");
        Task forward = test.executor.next();

        test.inOneTurn(() -> {
            test.clock.jump(1_000);
            test.executor.report(forward, success("{}"));
        });

        assertEquals(SagaStatus.COMPLETED, get(running).status());
        assertEquals(List.of(), test.executor.stops());
    }

    @Test
    void after_a_gap_timers_wait_for_the_outcomes_that_are_on_their_way() {
        CompletableFuture<Void> roundTrip = new CompletableFuture<>();
        test.executor.holdRoundTrips(roundTrip);
        CompletableFuture<SagaResult> running = test.begin("one", "i-1");
        Task forward = test.executor.next();

        test.clock.jump(60_000);
        test.settle();
        test.executor.report(forward, success("{}"));
        roundTrip.complete(null);

        assertEquals(SagaStatus.COMPLETED, get(running).status());
        assertEquals(1, test.executor.roundTrips());
    }

    @Test
    void after_a_gap_timers_fire_once_the_round_trip_is_made() {
        CompletableFuture<Void> roundTrip = new CompletableFuture<>();
        test.executor.holdRoundTrips(roundTrip);
        test.begin("one", "i-1");
        test.clock.jump(60_000);
        test.settle();
        assertEquals(List.of(), test.executor.stops());

        roundTrip.complete(null);

        assertEquals(StopReason.TIMEOUT, test.executor.nextStop().reason());
    }

    @Test
    void after_a_gap_timers_wait_no_longer_than_two_seconds_for_an_executor_that_hangs() {
        test.executor.holdRoundTrips(new CompletableFuture<>());
        test.begin("one", "i-1");
        test.clock.jump(60_000);
        test.settle();

        test.pass(1_999);
        assertEquals(List.of(), test.executor.stops());
        test.pass(1);

        assertEquals(StopReason.TIMEOUT, test.executor.nextStop().reason());
    }

    @Test
    void time_that_passes_while_nothing_is_due_is_no_gap() {
        test.clock.jump(3_600_000);
        test.begin("one", "i-1");

        assertEquals(0, test.executor.roundTrips());
    }

    @Test
    void a_steps_time_counts_from_when_it_is_handed_out_and_not_while_it_waits_for_a_place() {
        test.executor.places(StepKind.COROUTINE, 0);
        test.begin("one", "i-1");
        test.pass(10_000);

        test.executor.places(StepKind.COROUTINE, 1);
        test.settle();
        test.pass(999);
        assertEquals(List.of(), test.executor.stops());
        test.pass(1);

        assertEquals(StopReason.TIMEOUT, test.executor.nextStop().reason());
    }

    @Test
    void a_sagas_own_time_ends_what_runs() {
        test.engine.register(new SagaDefinition("short", ONE.steps(), OptionalLong.of(500), OptionalInt.empty(),
                ONE.compensation()));
        CompletableFuture<SagaResult> running = test.begin("short", "i-1");
        Task forward = test.executor.next();

        test.pass(500);
        assertEquals(StopReason.SAGA_TIMEOUT, test.executor.nextStop().reason());
        test.report(forward, new Outcome.Ended("{}"));
        test.succeed(test.executor.next());

        assertEquals("Saga execution timeout after 500ms", get(running).error().orElseThrow().message());
    }

    @Test
    void a_starts_own_limit_overrides_the_definitions() {
        test.engine.execute(new StartRequest("one", "i-1", "{}", 200));
        test.settle();

        test.pass(200);

        assertEquals(StopReason.SAGA_TIMEOUT, test.executor.nextStop().reason());
    }

    @Test
    void a_stopped_attempt_that_ends_in_time_does_not_park_its_step() {
        CompletableFuture<SagaResult> running = test.begin("one", "i-1");
        Task forward = test.executor.next();
        test.pass(1_000);

        test.pass(TestEngine.SETTLE_MS - 1);
        assertFalse(running.isDone());
        test.report(forward, new Outcome.Ended("{}"));
        test.succeed(test.executor.next());

        assertEquals(SagaStatus.COMPENSATED, get(running).status());
    }

    @Test
    void an_attempt_that_does_not_end_parks_its_saga_and_releases_those_who_wait() {
        CompletableFuture<SagaResult> running = test.begin("one", "i-1");
        test.pass(1_000);

        test.pass(TestEngine.SETTLE_MS);

        SagaResult result = get(running);
        assertEquals(SagaStatus.PARKED, result.status());
        assertEquals(StepStatus.PARKED, result.steps().get(0).status());
        assertEquals(List.of("a"), result.inDoubtSteps());
    }

    @Test
    void whoever_asks_for_a_parked_saga_is_answered_at_once() {
        test.begin("one", "i-1");
        test.pass(1_000 + TestEngine.SETTLE_MS);

        assertEquals(SagaStatus.PARKED, get(test.engine.result("i-1")).status());
        assertEquals(SagaStatus.PARKED, get(test.engine.execute(new StartRequest("one", "i-1", "{}"))).status());
    }

    @Test
    void a_parked_saga_goes_on_when_its_attempt_ends_after_all() {
        test.begin("one", "i-1");
        Task forward = test.executor.next();
        test.pass(1_000 + TestEngine.SETTLE_MS);

        test.report(forward, new Outcome.Ended("{}"));
        CompletableFuture<SagaResult> resumed = test.engine.result("i-1");
        test.succeed(test.executor.next());

        assertEquals(SagaStatus.COMPENSATED, get(resumed).status());
    }
}
