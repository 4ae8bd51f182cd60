package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.failure;
import static dev.fireflytx.engine.TestEngine.get;
import static dev.fireflytx.engine.TestEngine.step;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.machine.Resolution;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an engine tells of traces, and what it counts. */
class TracingTest {
    private static final String TRACE = "{\"traceparent\":\"00-1\"}";
    private static final String OTHER = "{\"traceparent\":\"00-2\"}";

    private final TestEngine test = new TestEngine(SagaDefinition.of("one", step("a").build()),
            SagaDefinition.of("two", step("a").build(), step("b", "a").build()));

    @BeforeEach
    void listen() {
        test.listener.setTracing(true);
    }

    @AfterEach
    void close() {
        test.close();
    }

    private void start(String saga, String id, String trace) {
        test.engine.start(new StartRequest(saga, id, "{}", 0, trace));
        test.settle();
    }

    @Test
    void every_attempt_gets_the_trace_that_its_saga_was_started_in() {
        start("two", "i-1", TRACE);
        Task first = test.executor.next();
        test.succeed(first);
        Task second = test.executor.next();
        test.report(second, failure("no"));
        Task undoing = test.executor.next();

        assertEquals(List.of(TRACE, TRACE, TRACE), List.of(first.trace(), second.trace(), undoing.trace()));
    }

    @Test
    void a_saga_that_goes_on_in_another_engine_keeps_its_trace() {
        Store store = Stores.memory();
        HandEngine dead = HandEngine.over(store);
        dead.register(SagaDefinition.of("one", step("a").build()));
        dead.adopt(Map.of());
        dead.start(new StartRequest("one", "i-1", "{}", 0, TRACE));
        dead.runTurns();

        ScriptedExecutor executor = new ScriptedExecutor();
        HandEngine next = new HandEngine(store, new TestClock(), executor, () -> 0.5, new RecordingListener());
        next.register(SagaDefinition.of("one", step("a").build()));
        next.adopt(Map.of());
        next.runTurns();

        assertEquals(TRACE, executor.next().trace());
    }

    @Test
    void the_end_of_a_saga_is_told_with_its_times_and_why() {
        start("two", "i-1", TRACE);
        test.clock.jump(30);
        test.succeed(test.executor.next());
        test.report(test.executor.next(), failure("no"));
        test.succeed(test.executor.next());

        StoppedSaga told = test.listener.stopped().get(0);
        assertEquals(1, test.listener.stopped().size());
        assertEquals(SagaStatus.COMPENSATED, told.status());
        assertEquals(30, told.atMs() - told.sinceMs());
        assertEquals(Optional.of("b"), told.failedStep());
        assertEquals("PaymentDeclined", told.error().orElseThrow().type());
        assertEquals(TRACE, told.trace());
    }

    @Test
    void a_saga_that_waited_for_a_person_is_told_of_twice_and_the_time_between_belongs_to_nobody() {
        start("one", "i-1", TRACE);
        test.report(test.executor.next(), new Outcome.Missing(SagaError.of("HandlerGoneError", "gone")));
        test.clock.jump(86_400_000);
        test.engine.resolve(new ResolveRequest("i-1", "a", Resolution.RETRY_STEP, "ann", ""));
        test.settle();
        test.clock.jump(5);
        test.succeed(test.executor.next());

        List<StoppedSaga> told = test.listener.stopped();
        assertEquals(List.of(SagaStatus.PARKED, SagaStatus.COMPLETED), told.stream().map(StoppedSaga::status).toList());
        assertEquals(5, told.get(1).atMs() - told.get(1).sinceMs());
        assertTrue(told.get(1).sinceMs() - told.get(0).atMs() >= 86_400_000);
    }

    @Test
    void a_start_that_joins_a_run_is_told_the_first_ones_trace() {
        start("one", "i-1", TRACE);
        start("one", "i-1", OTHER);
        test.succeed(test.executor.next());
        start("one", "i-1", OTHER);

        JoinedSaga joined = new JoinedSaga("i-1", "one", OTHER, TRACE);
        assertEquals(List.of(joined, joined), test.listener.joined());
    }

    @Test
    void a_start_that_is_said_twice_joins_nothing() {
        start("one", "i-1", TRACE);
        start("one", "i-1", TRACE);
        start("one", "i-1", "{}");

        assertEquals(List.of(), test.listener.joined());
    }

    @Test
    void nothing_is_told_to_those_who_do_not_ask() {
        test.listener.setTracing(false);
        start("one", "i-1", TRACE);
        start("one", "i-1", OTHER);
        test.succeed(test.executor.next());

        assertEquals(List.of(), test.listener.joined());
        assertEquals(List.of(), test.listener.stopped());
    }

    @Test
    void headers_that_are_too_long_are_refused() {
        String tooLong = "{\"baggage\":\"" + "x".repeat(16 << 10) + "\"}";

        assertThrows(RefusedException.class, () -> new StartRequest("one", "i-1", "{}", 0, tooLong));
    }

    @Test
    void what_was_done_and_is_held_is_counted_by_saga() {
        start("one", "done", TRACE);
        test.succeed(test.executor.next());
        start("one", "parked", TRACE);
        test.report(test.executor.next(), new Outcome.Missing(SagaError.of("HandlerGoneError", "gone")));
        start("two", "running", TRACE);
        start("two", "running", TRACE);

        EngineStats stats = get(test.engine.stats());
        assertEquals(Map.of("one", new EngineStats.Sagas(2, Map.of(SagaStatus.COMPLETED, 1L), 1, 1),
                "two", new EngineStats.Sagas(1, Map.of(), 1, 0)), stats.sagas());
        assertEquals(1, stats.load().outAttempts());
        assertEquals(5, stats.appends());
        assertTrue(stats.appendNs() > 0);
    }

    @Test
    void a_parked_saga_that_goes_on_is_not_counted_as_parked() {
        start("one", "i-1", TRACE);
        test.report(test.executor.next(), new Outcome.Missing(SagaError.of("HandlerGoneError", "gone")));
        test.engine.resolve(new ResolveRequest("i-1", "a", Resolution.RETRY_STEP, "ann", ""));
        test.settle();

        assertEquals(new EngineStats.Sagas(1, Map.of(), 1, 0), get(test.engine.stats()).sagas().get("one"));
        test.succeed(test.executor.next());
        assertEquals(new EngineStats.Sagas(1, Map.of(SagaStatus.COMPLETED, 1L), 0, 0), get(test.engine.stats()).sagas().get("one"));
    }
}
