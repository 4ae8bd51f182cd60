package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.get;
import static dev.fireflytx.engine.TestEngine.step;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How many attempts are out at once, and which comes next. */
class PlacesTest {
    private static final SagaDefinition MIXED = SagaDefinition.of("mixed",
            step("c1").build(), step("t1").kind(StepKind.THREAD).build(),
            step("c2").build(), step("t2").kind(StepKind.THREAD).build());
    private static final SagaDefinition ONE = SagaDefinition.of("one", step("a").build());

    private final TestEngine test = new TestEngine(MIXED, ONE);

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void each_kind_has_its_own_places() {
        test.executor.places(StepKind.COROUTINE, 1).places(StepKind.THREAD, 2);
        test.begin("mixed", "i-1");

        assertEquals(List.of("c1", "t1", "t2"), test.executor.waiting());
    }

    @Test
    void an_outcome_gives_its_place_back() {
        test.executor.places(StepKind.COROUTINE, 1).places(StepKind.THREAD, 0);
        test.begin("mixed", "i-1");

        test.succeed(test.executor.next());

        assertEquals(List.of("c2"), test.executor.waiting());
    }

    @Test
    void an_attempt_that_was_told_to_stop_keeps_its_place_until_it_ends() {
        test.executor.places(StepKind.COROUTINE, 1);
        test.begin("one", "first");
        test.begin("one", "second");
        Task first = test.executor.next();
        get(test.engine.cancel("first", ""));
        assertEquals(List.of(), test.executor.waiting());

        test.report(first, new Outcome.Ended("{}"));

        assertEquals("second", test.executor.next().attempt().correlationId());
    }

    @Test
    void places_that_are_added_later_are_used_at_once() {
        test.executor.places(StepKind.COROUTINE, 0);
        test.begin("one", "i-1");

        test.executor.places(StepKind.COROUTINE, 1);

        assertEquals("i-1", test.executor.next().attempt().correlationId());
    }

    @Test
    void attempts_get_their_places_in_the_order_in_which_they_came() {
        test.executor.places(StepKind.COROUTINE, 1);
        List<String> ids = List.of("i-1", "i-2", "i-3", "i-4");
        ids.forEach(id -> test.begin("one", id));

        List<String> served = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            Task next = test.executor.next();
            served.add(next.attempt().correlationId());
            test.succeed(next);
        }

        assertEquals(ids, served);
    }

    @Test
    void a_repeated_report_gives_no_second_place() {
        test.executor.places(StepKind.COROUTINE, 1);
        List.of("i-1", "i-2", "i-3").forEach(id -> test.begin("one", id));
        Task first = test.executor.next();

        test.succeed(first);
        test.succeed(first);

        assertEquals(1, test.executor.waiting().size());
    }

    @Test
    void an_attempt_that_is_called_off_while_it_waits_never_starts() {
        test.executor.places(StepKind.COROUTINE, 0);
        CompletableFuture<SagaResult> running = test.begin("one", "i-1");
        get(test.engine.cancel("i-1", ""));
        test.executor.places(StepKind.COROUTINE, 1);

        assertEquals(SagaStatus.COMPENSATED, get(running).status());
        assertEquals(List.of(), test.executor.waiting());
        assertEquals(List.of(), test.executor.stops());
    }

    @Test
    void an_attempt_that_is_called_off_in_the_turn_that_made_it_never_starts() {
        List<CompletableFuture<SagaResult>> running = new ArrayList<>();

        test.inOneTurn(() -> {
            running.add(test.engine.execute(new StartRequest("one", "i-1", "{}")));
            test.engine.cancel("i-1", "");
        });

        assertEquals(SagaStatus.COMPENSATED, get(running.get(0)).status());
        assertEquals(List.of(), test.executor.waiting());
    }

    @Test
    void a_paused_engine_hands_nothing_out_until_it_goes_on() {
        get(test.engine.pause());
        test.begin("one", "i-1");
        assertEquals(List.of(), test.executor.waiting());

        test.engine.adopt(Map.of());

        assertEquals("i-1", test.executor.next().attempt().correlationId());
    }

    @Test
    void an_attempt_that_had_its_place_when_the_engine_paused_is_handed_out_when_it_goes_on() {
        test.inOneTurn(() -> {
            test.engine.start(new StartRequest("one", "i-1", "{}"));
            test.engine.pause();
        });
        assertEquals(List.of(), test.executor.waiting());

        test.engine.adopt(Map.of());

        assertEquals(1, test.executor.next().attempt().number());
    }

    @Test
    void an_attempt_that_waits_for_a_place_runs_out_of_no_time() {
        test.executor.places(StepKind.COROUTINE, 0);
        test.begin("one", "i-1");
        test.pass(5_000);

        test.executor.places(StepKind.COROUTINE, 1);

        assertEquals(1, test.executor.next().attempt().number());
    }
}
