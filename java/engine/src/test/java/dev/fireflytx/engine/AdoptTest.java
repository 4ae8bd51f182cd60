package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.get;
import static dev.fireflytx.engine.TestEngine.step;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepKind;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The process that runs the steps was replaced. */
class AdoptTest {
    private static final SagaDefinition ONE = SagaDefinition.of("one", step("a").build());

    private final TestEngine test = new TestEngine(ONE);

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void an_attempt_that_runs_no_more_is_run_again_under_a_new_number() {
        test.begin("one", "i-1");
        test.executor.next();

        adopt(Map.of());

        AttemptId again = test.executor.next().attempt();
        assertEquals("a", again.step());
        assertEquals(2, again.number());
    }

    @Test
    void a_lost_attempt_uses_up_no_retry() {
        CompletableFuture<SagaResult> running = test.begin("one", "i-1");
        test.executor.next();
        adopt(Map.of());

        test.succeed(test.executor.next());

        assertEquals(SagaStatus.COMPLETED, get(running).status());
    }

    @Test
    void an_attempt_that_still_runs_is_not_run_again() {
        CompletableFuture<SagaResult> running = test.begin("one", "i-1");
        Task forward = test.executor.next();

        adopt(Map.of(forward.attempt(), 0L));
        assertEquals(List.of(), test.executor.waiting());
        test.succeed(forward);

        assertEquals(SagaStatus.COMPLETED, get(running).status());
    }

    @Test
    void an_adopted_attempt_has_the_rest_of_its_time() {
        test.begin("one", "i-1");
        Task forward = test.executor.next();
        adopt(Map.of(forward.attempt(), 400L));

        test.pass(599);
        assertEquals(List.of(), test.executor.stops());
        test.pass(1);

        assertEquals(StopReason.TIMEOUT, test.executor.nextStop().reason());
    }

    @Test
    void a_lost_attempts_place_is_free_again() {
        test.executor.places(StepKind.COROUTINE, 1);
        test.begin("one", "i-1");
        test.executor.next();

        adopt(Map.of());

        assertEquals(List.of("a"), test.executor.waiting());
    }

    @Test
    void an_attempt_that_was_never_handed_out_is_not_lost() {
        test.executor.places(StepKind.COROUTINE, 0);
        test.begin("one", "i-1");
        adopt(Map.of());

        test.executor.places(StepKind.COROUTINE, 1);

        assertEquals(1, test.executor.next().attempt().number());
    }

    @Test
    void a_step_that_is_lost_ten_times_is_parked() {
        CompletableFuture<SagaResult> running = test.begin("one", "i-1");
        for (int loss = 1; loss <= 10; loss++) {
            test.executor.next();
            adopt(Map.of());
        }

        assertEquals(SagaStatus.PARKED, get(running).status());
    }

    @Test
    void a_stopped_attempt_that_is_gone_has_settled() {
        CompletableFuture<SagaResult> running = test.begin("one", "i-1");
        test.executor.next();
        get(test.engine.cancel("i-1", ""));

        adopt(Map.of());
        test.succeed(test.executor.next());

        assertEquals(SagaStatus.COMPENSATED, get(running).status());
    }

    private void adopt(Map<AttemptId, Long> running) {
        test.engine.adopt(running);
        test.settle();
    }
}
