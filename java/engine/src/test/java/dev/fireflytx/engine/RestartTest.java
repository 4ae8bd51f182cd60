package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.attempts;
import static dev.fireflytx.engine.TestEngine.step;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.definition.CompensationDefinition;
import dev.fireflytx.core.definition.InDoubtPolicy;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.SagaMachine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both processes end, at any moment, and others go on with the file that they left. */
class RestartTest {
    private static final SagaDefinition ORDER = SagaDefinition.of("order", step("reserve").build(),
            step("charge", "reserve").policy(attempts(2)).build(), step("ship", "charge").build());

    private static final int EDGES = 20;
    private static final int TURNS_TO_REST = 200;
    private static final long LONG_MS = 60_000;

    @TempDir
    private Path folder;

    private final TestClock clock = new TestClock();
    private final List<String> ran = new ArrayList<>();
    private ScriptedExecutor executor = new ScriptedExecutor();
    private Store store;
    private HandEngine engine;

    @Test
    void a_saga_goes_on_to_its_end_from_every_edge() {
        for (int edge = 0; edge < EDGES; edge++) {
            SagaResult result = runWithCrashAt(edge, task -> TestEngine.success("{\"" + task.attempt().step() + "\":1.10}"));

            assertEquals(SagaStatus.COMPLETED, result.status(), "edge " + edge);
            assertEquals(List.of("reserve", "charge", "ship"), result.steps().stream().map(StepResult::step).toList());
            assertEquals("{\"ship\":1.10}", result.steps().get(2).result().orElseThrow());
        }
    }

    @Test
    void a_saga_is_undone_to_its_end_from_every_edge() {
        for (int edge = 0; edge < EDGES; edge++) {
            SagaResult result = runWithCrashAt(edge, RestartTest::failingToShip);

            assertEquals(SagaStatus.COMPENSATED, result.status(), "edge " + edge);
            assertTrue(result.compensatedSteps().containsAll(List.of("charge", "reserve")), "edge " + edge);
            assertEquals("ship", result.failedStep().orElseThrow());
        }
    }

    private static Outcome failingToShip(Task task) {
        boolean ships = task.attempt().step().equals("ship") && task.attempt().direction() == Direction.FORWARD;
        return ships ? TestEngine.failure("no truck") : TestEngine.success("{}");
    }

    /** At most the one attempt whose result was not yet recorded runs again. */
    @Test
    void what_was_recorded_does_not_run_again() {
        for (int edge = 0; edge < EDGES; edge++) {
            ran.clear();
            runWithCrashAt(edge, RestartTest::failingToShip);

            Map<String, Integer> counts = new HashMap<>();
            ran.forEach(attempt -> counts.merge(attempt, 1, Integer::sum));
            assertEquals(List.of(), counts.values().stream().filter(count -> count > 2).toList(), "edge " + edge + ": " + ran);
            assertTrue(ran.size() <= counts.size() + 1, "edge " + edge + ": " + ran);
        }
    }

    @Test
    void a_lost_attempt_uses_up_no_retry() {
        SagaDefinition once = SagaDefinition.of("once", step("a").build());
        open(once);
        CompletableFuture<SagaResult> unknown = begin("once");
        executor.next();
        restart(once);

        Task again = executor.next();
        executor.report(again, TestEngine.success("{}"));
        engine.runTurns();

        assertEquals(2, again.attempt().number());
        assertEquals(SagaStatus.COMPLETED, result().status());
        assertTrue(!unknown.isDone());
    }

    @Test
    void a_saga_that_comes_later_does_not_wait_for_an_attempt_that_has_ended_meanwhile() {
        SagaDefinition once = SagaDefinition.of("once", step("a").build());
        open(once);
        begin("once");
        AttemptId runsOn = executor.next().attempt();
        restart();
        engine.adopt(Map.of(runsOn, 0L));
        engine.runTurns();

        executor.report(runsOn, TestEngine.success("{}")); // to an engine that does not have its saga
        engine.runTurns();
        engine.register(once);
        engine.runTurns();

        assertEquals(2, executor.next().attempt().number());
    }

    @Test
    void only_the_retries_that_are_left_are_made() {
        SagaDefinition twice = SagaDefinition.of("twice", step("a").policy(attempts(2)).build());
        open(twice);
        begin("twice");
        fail(executor.next());
        restart(twice);

        pass(100);
        fail(executor.next());

        assertEquals(SagaStatus.COMPENSATED, result().status());
        assertEquals(2, result().steps().get(0).attempts());
    }

    @Test
    void a_pause_before_a_retry_goes_on_where_it_was() {
        SagaDefinition slow = SagaDefinition.of("slow", step("a").policy(new RetryPolicy(2, LONG_MS, 1_000)).build());
        open(slow);
        begin("slow");
        fail(executor.next());
        clock.jump(300);
        restart(slow);

        pass(199);
        assertEquals(List.of(), executor.waiting());
        pass(1);

        assertEquals(List.of("a"), executor.waiting());
    }

    @Test
    void what_became_due_meanwhile_is_spread_and_never_waited_for_twice() {
        SagaDefinition slow = SagaDefinition.of("slow", step("a").policy(new RetryPolicy(2, LONG_MS, 1_000)).build());
        open(slow);
        begin("slow");
        fail(executor.next());
        clock.jump(400 * LONG_MS);
        restart(slow);

        pass(499);
        assertEquals(List.of(), executor.waiting());
        pass(1);

        assertEquals(List.of("a"), executor.waiting());
    }

    @Test
    void a_saga_s_deadline_holds_across_a_restart() {
        SagaDefinition timed = SagaDefinition.of("timed", step("a").policy(new RetryPolicy(1, LONG_MS, 0)).build());
        open(timed);
        engine.start(new StartRequest("timed", "i-1", "{}", 1_000));
        engine.runTurns();
        executor.next();
        clock.jump(400);
        restart(timed);
        executor.next();

        pass(599);
        assertEquals(List.of(), executor.stops());
        pass(1);

        assertEquals(StopReason.SAGA_TIMEOUT, executor.nextStop().reason());
    }

    @Test
    void a_compensation_s_retries_go_on() {
        SagaDefinition undo = SagaDefinition.of("undo", step("a")
                .compensation(new CompensationDefinition(StepKind.COROUTINE, false, attempts(2))).build(),
                step("b", "a").build());
        open(undo);
        begin("undo");
        succeed(executor.next());
        fail(executor.next());
        fail(executor.next());
        restart(undo);
        pass(100);

        fail(executor.next());

        assertEquals(SagaStatus.COMPENSATION_FAILED, result().status());
        assertEquals(List.of("a"), result().failedCompensations());
    }

    @Test
    void a_parked_saga_stays_parked() {
        SagaDefinition pivot = SagaDefinition.of("pivot", step("a").pivot(true).build(), step("b", "a").build());
        open(pivot);
        begin("pivot");
        succeed(executor.next());
        executor.report(executor.next(), new Outcome.Failed(SagaError.of("E", "for good"), false, "{}"));
        engine.runTurns();
        restart(pivot);
        pass(LONG_MS);

        assertEquals(SagaStatus.PARKED, result().status());
        assertEquals(List.of(), executor.waiting());
    }

    @Test
    void a_saga_whose_class_is_missing_waits_until_it_is_registered() {
        open(ORDER);
        begin("order");
        executor.next();
        restart();
        assertEquals(List.of(), executor.waiting());

        engine.register(ORDER);
        engine.runTurns();

        assertEquals(List.of("reserve"), executor.waiting());
    }

    @Test
    void a_run_keeps_the_definition_that_it_began_with() {
        open(ORDER);
        begin("order");
        succeed(executor.next());
        restart(SagaDefinition.of("order", step("reserve").build(), step("pack", "reserve").build()));

        assertEquals(List.of("charge"), executor.waiting());
    }

    @Test
    void the_same_start_again_joins_the_run_that_was_left() {
        open(ORDER);
        begin("order");
        executor.next();
        restart(ORDER);

        CompletableFuture<SagaResult> joined = engine.result("i-1");
        CompletableFuture<String> again = engine.start(new StartRequest("order", "i-1", "{}"));
        engine.runTurns();
        for (int stepsLeft = 3; stepsLeft > 0; stepsLeft--) {
            succeed(executor.next());
        }

        assertEquals("i-1", again.getNow("not acknowledged"));
        assertTrue(joined.isDone());
        assertEquals(SagaStatus.COMPLETED, joined.join().status());
    }

    @Test
    void an_ended_saga_is_not_run_again_by_the_same_start() {
        open(ORDER);
        begin("order");
        for (int stepsLeft = 3; stepsLeft > 0; stepsLeft--) {
            succeed(executor.next());
        }
        restart(ORDER);

        engine.start(new StartRequest("order", "i-1", "{}"));
        engine.runTurns();

        assertEquals(List.of(), executor.waiting());
        assertEquals(SagaStatus.COMPLETED, result().status());
    }

    @Test
    void an_attempt_that_waited_for_a_place_is_not_lost_however_often_its_process_dies() {
        SagaDefinition doubtful = SagaDefinition.of("doubtful", step("a").inDoubt(InDoubtPolicy.PARK).build());
        executor.places(StepKind.COROUTINE, 0);
        open(doubtful);
        begin("doubtful");
        for (int deaths = 0; deaths <= SagaMachine.MAX_LOSSES; deaths++) {
            restart(0, doubtful);
        }

        executor.places(StepKind.COROUTINE, 1);
        engine.runTurns();
        Task first = executor.next();
        succeed(first);

        assertEquals(1, first.attempt().number());
        assertEquals(SagaStatus.COMPLETED, result().status());
        assertEquals(List.of(), result().inDoubtSteps());
    }

    @Test
    void an_attempt_that_waited_for_a_place_had_no_effect_when_its_saga_is_cancelled_after_a_crash() {
        SagaDefinition doubtful = SagaDefinition.of("doubtful", step("a").inDoubt(InDoubtPolicy.PARK).build());
        executor.places(StepKind.COROUTINE, 0);
        open(doubtful);
        begin("doubtful");
        restart(0, doubtful);

        engine.cancel("i-1");

        assertEquals(SagaStatus.COMPENSATED, result().status());
        assertEquals(List.of(), result().inDoubtSteps());
    }

    @Test
    void an_attempt_that_waits_to_be_undone_waits_on_after_a_crash() {
        SagaDefinition undo = SagaDefinition.of("undo", step("a").build(), step("b", "a").build());
        open(undo);
        begin("undo");
        succeed(executor.next());
        Task failing = executor.next();
        executor.places(StepKind.COROUTINE, 0);
        fail(failing);
        restart(1, undo);

        assertEquals(Direction.BACKWARD, executor.next().attempt().direction());
    }

    @Test
    void an_attempt_that_was_called_off_in_its_own_turn_is_not_in_doubt_after_a_crash() {
        SagaDefinition doubtful = SagaDefinition.of("doubtful", step("a").inDoubt(InDoubtPolicy.PARK).build());
        store = new EdgeStore(Stores.sqlite(folder.resolve("journal.db")), 1);
        open(store, doubtful);
        engine.start(new StartRequest("doubtful", "i-1", "{}"));
        engine.cancel("i-1");
        engine.runTurns();
        restart(doubtful);

        assertEquals(SagaStatus.COMPENSATED, result().status());
    }

    private SagaResult runWithCrashAt(int edge, Function<Task, Outcome> rule) {
        Path file = folder.resolve("edge-" + edge + ".db");
        store = new EdgeStore(Stores.sqlite(file), edge);
        executor = answering(rule);
        open(store, ORDER);
        CompletableFuture<String> started = engine.start(new StartRequest("order", "i-1", "{}"));
        comeToRest();
        boolean acknowledged = started.isDone() && !started.isCompletedExceptionally();
        store.close();
        store = Stores.sqlite(file);
        assertTrue(!acknowledged || store.find("i-1").isPresent(), "edge " + edge + ": an acknowledged start is lost");
        executor = answering(rule);
        open(store, ORDER);
        engine.start(new StartRequest("order", "i-1", "{}"));
        comeToRest();
        SagaResult result = result();
        store.close();
        return result;
    }

    private ScriptedExecutor answering(Function<Task, Outcome> rule) {
        return new ScriptedExecutor().answerAll(task -> {
            ran.add(task.attempt().direction() + " " + task.attempt().step());
            return rule.apply(task);
        });
    }

    private void open(SagaDefinition... definitions) {
        store = Stores.sqlite(folder.resolve("journal.db"));
        open(store, definitions);
    }

    private void open(Store with, SagaDefinition... definitions) {
        engine = new HandEngine(with, clock, executor, () -> 0.5, new RecordingListener());
        List.of(definitions).forEach(engine::register);
        engine.adopt(Map.of());
        engine.runTurns();
    }

    /** Nothing of the engine or its executor outlives this but the file. */
    private void restart(SagaDefinition... definitions) {
        restart(Integer.MAX_VALUE, definitions);
    }

    private void restart(int places, SagaDefinition... definitions) {
        store.close();
        executor = new ScriptedExecutor().places(StepKind.COROUTINE, places);
        open(definitions);
    }

    private CompletableFuture<SagaResult> begin(String saga) {
        engine.start(new StartRequest(saga, "i-1", "{}"));
        CompletableFuture<SagaResult> result = engine.result("i-1");
        engine.runTurns();
        return result;
    }

    private void succeed(Task task) {
        executor.report(task, TestEngine.success("{}"));
        engine.runTurns();
    }

    private void fail(Task task) {
        executor.report(task, TestEngine.failure("no"));
        engine.runTurns();
    }

    private SagaResult result() {
        CompletableFuture<SagaResult> result = engine.result("i-1");
        engine.runTurns();
        assertTrue(result.isDone(), "the saga has not come to its end");
        return result.join();
    }

    private void pass(long ms) {
        for (long left = ms; left > 0; left -= 500) {
            clock.jump(Math.min(left, 500));
            engine.runTurns();
        }
    }

    private void comeToRest() {
        for (int turn = 0; turn < TURNS_TO_REST; turn++) {
            engine.runTurns();
            clock.jump(10);
        }
    }
}
