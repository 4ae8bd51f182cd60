package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.fireflytx.engine.saga.Sagas;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** Attempts of Java code that are told to stop. */
class StopTest {
    @Test
    void a_blocking_step_whose_saga_is_cancelled_is_interrupted_and_undone_in_doubt() {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Boolean> undone = new CompletableFuture<>();
        try (SagaEngine engine = SagaEngine.builder().build()) {
            engine.register(Sagas.named("order").step("charge", String.class, (order, context) -> {
                begun.countDown();
                new CountDownLatch(1).await();
                return null;
            }).compensate(Order.class, (order, context) -> undone.complete(context.isInDoubt() && order == null)).build());
            SagaHandle handle = get(engine.start("order", null));
            TestEngine.await(begun);

            get(handle.cancel("changed my mind"));

            assertEquals(List.of("charge"), get(handle.result()).inDoubtSteps());
            assertEquals(true, get(undone));
        }
    }

    @Test
    void a_step_whose_time_is_up_is_interrupted_and_tried_again() {
        try (SagaEngine engine = SagaEngine.builder().build()) {
            engine.register(Sagas.named("order").step("charge", String.class, (order, context) -> {
                if (context.attempt() == 1) {
                    new CountDownLatch(1).await();
                }
                return null;
            }).timeout(Duration.ofMillis(50)).backoff(Duration.ZERO).build());

            assertEquals(2, get(engine.execute("order", null)).step("charge").attempts());
        }
    }

    @Test
    void the_thread_of_an_interrupted_step_is_not_interrupted_afterwards() {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        CompletableFuture<Boolean> isInterrupted = new CompletableFuture<>();
        try (SagaEngine engine = SagaEngine.builder().threads(thread, 1).build()) {
            engine.register(Sagas.named("order").step("charge", String.class, (order, context) -> {
                while (!context.isStopped()) {
                    Thread.onSpinWait();
                }
                return null;
            }).timeout(Duration.ofMillis(20)).retry(1).build());
            get(engine.execute("order", null));
            thread.execute(() -> isInterrupted.complete(Thread.currentThread().isInterrupted()));

            assertFalse(get(isInterrupted));
        }
        thread.shutdown();
    }

    @Test
    void a_step_that_returned_a_stage_hears_that_it_is_to_stop_and_ends_when_its_stage_does() {
        CountDownLatch begun = new CountDownLatch(1);
        try (SagaEngine engine = SagaEngine.builder().build()) {
            engine.register(Sagas.named("order").asyncStep("charge", String.class, (order, context) -> {
                CompletableFuture<Map<String, Object>> call = new CompletableFuture<>();
                context.onStop(() -> call.cancel(true));
                begun.countDown();
                return call;
            }).build());
            SagaHandle handle = get(engine.start("order", null));
            TestEngine.await(begun);
            get(handle.cancel(""));

            assertEquals(List.of("charge"), get(handle.result()).inDoubtSteps());
        }
    }

    private static final class Order {}
}
