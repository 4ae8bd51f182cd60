package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.attempts;
import static dev.fireflytx.engine.TestEngine.failure;
import static dev.fireflytx.engine.TestEngine.step;
import static dev.fireflytx.engine.TestEngine.success;

import dev.fireflytx.core.definition.CompensationDefinition;
import dev.fireflytx.core.definition.CompensationOrder;
import dev.fireflytx.core.definition.EventContent;
import dev.fireflytx.core.definition.EventOptions;
import dev.fireflytx.core.definition.EventTarget;
import dev.fireflytx.core.definition.InDoubtPolicy;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.SagaEventOptions;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Resolution;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The fixed set of sagas whose journal every later release has to read: each way to end, and each way to be left. */
public final class GoldenSagas {
    /** When they run. */
    public static final long AT_MS = 1_700_000_000_000L;

    /** What they run. */
    public static final List<SagaDefinition> DEFINITIONS = List.of(
            SagaDefinition.of("order", step("reserve").build(), step("charge", "reserve").policy(attempts(2)).build(),
                    step("ship", "charge").conditional(true).build()),
            new SagaDefinition("everything", List.of(every()), OptionalLong.of(3_600_000), OptionalInt.of(2), CompensationOrder.PARALLEL)
                    .withEvents(SagaEventOptions.to("sagas")),
            SagaDefinition.of("pivot", step("pay").pivot(true).build(), step("deliver", "pay").build()));

    private static final String VALUE = "{\"price\":1.10,\"zero\":-0.0,\"exact\":123456789012345678901234567890,\"name\":\"\\u00e4€😀\"}";

    private final TestClock clock = new TestClock();
    private final ScriptedExecutor executor = new ScriptedExecutor();
    private final HandEngine engine;

    /** Nobody takes the events: they stay in the journal. */
    private GoldenSagas(Store store) {
        engine = new HandEngine(store, clock, executor, () -> 0.5, new RecordingListener(), (position, event) -> { });
        DEFINITIONS.forEach(engine::register);
        engine.adopt(Map.of());
    }

    private static StepDefinition every() {
        return StepDefinition.step("only").kind(StepKind.THREAD).takesContext(true).inDoubt(InDoubtPolicy.PARK)
                .policy(new RetryPolicy(5, 7_000, 300))
                .compensation(new CompensationDefinition(StepKind.COROUTINE, false, attempts(4)))
                .events(new EventOptions(new EventTarget("orders", "{saga}:{correlation_id}", Map.of("team", "payments")), "order.only",
                        new EventContent(true, true, true, true), false, true, false, true, true)).build();
    }

    /**
     * Runs them.
     *
     * @param store where they are kept
     */
    public static void run(Store store) {
        new GoldenSagas(store).run();
    }

    private void run() {
        completed();
        skipped();
        compensated();
        compensationFailed();
        cancelled();
        parked();
        resolved();
        leftInDoubt(); // first of those, since it needs time to pass
        leftRunning();
        leftInBackoff();
        leftUndoing();
        leftQueued(); // last, since nothing else could start
    }

    private void completed() {
        start("order", "completed");
        executor.report(executor.next(), success(VALUE));
        engine.runTurns();
        executor.report(executor.next(), failure("Payment declined"));
        engine.runTurns();
        pass(100);
        executor.report(executor.next(), new Outcome.Succeeded(VALUE, "{\"charge_id\":\"ch_1\"}"));
        engine.runTurns();
        verdict(true);
        succeed(1);
    }

    private void skipped() {
        start("order", "skipped");
        succeed(2);
        verdict(false);
    }

    private void compensated() {
        start("order", "compensated");
        succeed(1);
        executor.report(executor.next(), forGood());
        engine.runTurns();
        succeed(1);
    }

    private void compensationFailed() {
        start("order", "compensation-failed");
        succeed(1);
        executor.report(executor.next(), forGood());
        engine.runTurns();
        executor.report(executor.next(), forGood());
        engine.runTurns();
    }

    private void cancelled() {
        start("order", "cancelled");
        succeed(1);
        Task out = executor.next();
        engine.cancel("cancelled");
        engine.runTurns();
        executor.report(out, new Outcome.Ended("{}"));
        engine.runTurns();
        succeed(2);
    }

    private void parked() {
        start("pivot", "parked");
        succeed(1);
        executor.report(executor.next(), forGood());
        engine.runTurns();
    }

    private void resolved() {
        start("pivot", "resolved");
        succeed(1);
        executor.report(executor.next(), forGood());
        engine.runTurns();
        engine.resolve(new ResolveRequest("resolved", "deliver", Resolution.COMPLETE_STEP, VALUE, "ann", "delivered by hand"));
        engine.runTurns();
    }

    private void leftRunning() {
        start("everything", "left-running");
        executor.next();
    }

    private void leftInBackoff() {
        start("everything", "left-in-backoff");
        executor.report(executor.next(), failure("try again"));
        engine.runTurns();
    }

    private void leftUndoing() {
        start("order", "left-undoing");
        succeed(1);
        executor.report(executor.next(), forGood());
        engine.runTurns();
        executor.next();
    }

    private void leftQueued() {
        executor.places(StepKind.COROUTINE, 0);
        start("order", "left-queued");
    }

    private void leftInDoubt() {
        start("order", "left-in-doubt");
        executor.next();
        pass(1_000);
    }

    private static Outcome forGood() {
        return new Outcome.Failed(new SagaError("PaymentDeclined", "Payment declined", "Traceback…"), false, "{}");
    }

    private void start(String saga, String id) {
        engine.start(new StartRequest(saga, id, VALUE));
        engine.runTurns();
    }

    private void verdict(boolean runs) {
        executor.report(executor.next(), new Outcome.Verdict(runs));
        engine.runTurns();
    }

    private void succeed(int count) {
        for (int left = count; left > 0; left--) {
            executor.report(executor.next(), success("{}"));
            engine.runTurns();
        }
    }

    private void pass(long ms) {
        clock.jump(ms);
        engine.runTurns();
    }

    /**
     * Goes on with them, and lets everything succeed.
     *
     * @param store where an earlier release has left them
     * @return how each stands then
     */
    public static Map<String, SagaStatus> goOn(Store store) {
        GoldenSagas later = new GoldenSagas(store);
        later.executor.answerAll(task -> task.attempt().direction() == Direction.CONDITION
                ? new Outcome.Verdict(true) : success("{}"));
        for (int turn = 0; turn < 100; turn++) {
            later.pass(500);
        }
        Map<String, SagaStatus> statuses = new HashMap<>();
        store.list(new Store.Query(Optional.empty(), Optional.empty(), 0, 0, 1_000))
                .forEach(header -> statuses.put(header.correlationId(), header.status()));
        return statuses;
    }
}
