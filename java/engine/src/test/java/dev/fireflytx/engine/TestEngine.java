package dev.fireflytx.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.definition.CompensationDefinition;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.definition.StepKind;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** An engine whose clock, executor, store and listener belong to the test. */
final class TestEngine implements AutoCloseable {
    static final long SETTLE_MS = 5_000;
    static final long VALUE_LIMIT_BYTES = 1_000;
    static final String EMPTY = "{}";

    private static final long STEP_OF_TIME_MS = 500;
    private static final int TURNS_TO_SETTLE = 3;

    final TestClock clock = new TestClock();
    final ScriptedExecutor executor = new ScriptedExecutor();
    final ScriptedStore store = new ScriptedStore();
    final RecordingListener listener = new RecordingListener();
    final SagaEngine engine;

    TestEngine(SagaDefinition... definitions) {
        engine = SagaEngine.builder()
                .clock(clock).executor(executor).store(store).listener(listener).callbacks(Runnable::run)
                .jitter(() -> 0.5).settleMs(SETTLE_MS).valueLimitBytes(VALUE_LIMIT_BYTES).build();
        for (SagaDefinition definition : definitions) {
            engine.register(definition);
        }
    }

    /** A step that can be undone, of one attempt. */
    static StepDefinition.Builder step(String id, String... dependsOn) {
        return StepDefinition.step(id).dependsOn(dependsOn).takesContext(true).policy(attempts(1))
                .compensation(new CompensationDefinition(StepKind.COROUTINE, true, attempts(1)));
    }

    static RetryPolicy attempts(int count) {
        return new RetryPolicy(count, 1_000, 100);
    }

    static Outcome success(String result) {
        return new Outcome.Succeeded(result, EMPTY);
    }

    static Outcome failure(String message) {
        return new Outcome.Failed(SagaError.of("PaymentDeclined", message), true, EMPTY);
    }

    /** Starts the saga under the id and waits until it has begun. */
    CompletableFuture<SagaResult> begin(String saga, String id) {
        CompletableFuture<SagaResult> result = engine.execute(new StartRequest(saga, id, EMPTY));
        settle();
        return result;
    }

    void succeed(Task task) {
        executor.report(task, success(EMPTY));
        settle();
    }

    void report(Task task, Outcome outcome) {
        executor.report(task, outcome);
        settle();
    }

    /** Waits until the engine has done all that it can do without further news. */
    void settle() {
        for (int turn = 0; turn < TURNS_TO_SETTLE; turn++) {
            CountDownLatch done = new CountDownLatch(1);
            engine.whenDurable(done::countDown);
            await(done);
        }
    }

    /** Lets time pass, as it does when nothing stands still. */
    void pass(long ms) {
        for (long left = ms; left > 0; left -= STEP_OF_TIME_MS) {
            clock.jump(Math.min(left, STEP_OF_TIME_MS));
            settle();
        }
    }

    /** Makes calls that the engine takes up in one turn. */
    void inOneTurn(Runnable calls) {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        engine.whenDurable(() -> {
            entered.countDown();
            await(leave);
        });
        await(entered);
        calls.run();
        leave.countDown();
        settle();
    }

    SagaStatus status(String id) {
        return get(engine.get(id)).status();
    }

    EngineStats.Load load() {
        return get(engine.stats()).load();
    }

    static <T> T get(CompletableFuture<T> future) {
        return future.orTimeout(ScriptedExecutor.PATIENCE_S, TimeUnit.SECONDS).join();
    }

    static RefusedException refusal(CompletableFuture<?> future) {
        return failure(RefusedException.class, future);
    }

    static <T extends Throwable> T failure(Class<T> type, CompletableFuture<?> future) {
        Throwable cause = assertThrows(CompletionException.class, () -> get(future)).getCause();
        assertEquals(type, cause.getClass(), String.valueOf(cause));
        return type.cast(cause);
    }

    static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(ScriptedExecutor.PATIENCE_S, TimeUnit.SECONDS), "the engine did not get there");
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        engine.close();
    }
}
