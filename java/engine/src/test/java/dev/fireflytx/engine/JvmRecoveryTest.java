package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.engine.saga.ExecutableSaga;
import dev.fireflytx.engine.saga.Sagas;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A plain JVM application's engine ends, and another one goes on. */
class JvmRecoveryTest {
    @TempDir
    private Path folder;

    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CompletableFuture<Map<String, Object>> charged = new CompletableFuture<>();

    private ExecutableSaga order() {
        return Sagas.named("order")
                .step("reserve", Map.class, (order, context) -> Map.of("called", calls.add("reserve")))
                .asyncStep("charge", Map.class, (order, context) -> {
                    calls.add("charge " + context.attempt());
                    begun.countDown();
                    return charged;
                }).dependsOn("reserve").build();
    }

    @Test
    void an_unfinished_saga_goes_on_when_it_is_registered_with_another_engine() {
        try (SagaEngine first = engine(Stores.sqlite(file()), 0)) {
            first.register(order());
            first.start("order", null, StartOptions.id("order-17"));
            TestEngine.await(begun);
        }
        charged.complete(Map.of());

        try (SagaEngine second = engine(Stores.sqlite(file()), 0)) {
            second.register(order());

            assertTrue(get(second.result("order-17")).isSuccess());
        }
        assertEquals(List.of("reserve", "charge 1", "charge 2"), calls);
    }

    @Test
    void an_observer_sees_what_is_left_and_runs_none_of_it() {
        try (SagaEngine first = engine(Stores.sqlite(file()), 0)) {
            first.register(order());
            first.start("order", null, StartOptions.id("order-17"));
            TestEngine.await(begun);
        }
        RecordingListener told = new RecordingListener();
        try (SagaEngine observer = SagaEngine.builder().store(Stores.observe(file())).listener(told).build()) {
            observer.register(order());

            assertEquals(SagaStatus.RUNNING, get(observer.list(SagaQuery.all())).get(0).status());
        }
        assertEquals(List.of("reserve", "charge 1"), calls);
        assertEquals(List.of(), told.messages(Level.INFO));
    }

    @Test
    void an_engine_says_where_its_sagas_are_and_how_many_are_unfinished() {
        try (SagaEngine first = engine(Stores.sqlite(file()), 0)) {
            first.register(order());
            get(first.start("order", null));
        }
        RecordingListener told = new RecordingListener();
        SagaEngine.builder().store(Stores.sqlite(file())).listener(told).build().close();

        assertEquals(List.of("Sagas are kept in 'sqlite:" + file() + "'. Unfinished: 1; each goes on when it is registered."),
                told.messages(Level.INFO));
    }

    @Test
    void close_lets_a_running_step_finish_whose_result_is_kept() {
        SagaEngine first = engine(Stores.sqlite(file()), 20_000);
        first.register(order());
        first.start("order", null, StartOptions.id("order-17"));
        TestEngine.await(begun);
        CompletableFuture<Void> closed = CompletableFuture.runAsync(first::close);
        charged.complete(Map.of("id", "C-1"));
        get(closed);

        try (SagaEngine second = engine(Stores.sqlite(file()), 0)) {
            second.register(order());

            assertEquals("C-1", get(second.result("order-17")).step("charge").result(Map.class).get("id"));
        }
        assertEquals(List.of("reserve", "charge 1"), calls);
    }

    @Test
    void a_step_that_closes_its_engine_does_not_wait_for_itself() {
        SagaEngine engine = engine(Stores.memory(), 60_000);
        CompletableFuture<Void> closed = new CompletableFuture<>();
        engine.register(Sagas.named("order").step("charge", Map.class, (order, context) -> {
            engine.close();
            closed.complete(null);
            return null;
        }).build());
        engine.start("order", null);

        get(closed);
    }

    @Test
    void an_engine_that_was_taken_over_from_says_so_and_another_one_goes_on_in_the_same_jvm() {
        TakenOver store = new TakenOver(Stores.sqlite(file()));
        try (SagaEngine first = engine(store, 0)) {
            first.register(order());
            first.start("order", null, StartOptions.id("order-17"));
            TestEngine.await(begun);
            assertFalse(first.failure().isPresent());
            store.isTaken = true;
            TestEngine.failure(OutcomeUnknownException.class, first.result("order-17"));

            assertInstanceOf(FencedException.class, first.failure().orElseThrow());
        }
        charged.complete(Map.of());

        try (SagaEngine second = engine(Stores.sqlite(file()), 0)) {
            second.register(order());

            assertTrue(get(second.result("order-17")).isSuccess());
        }
    }

    @Test
    void no_step_begins_while_its_engine_may_have_been_taken_over_from() {
        TakenOver store = new TakenOver(Stores.memory());
        CompletableFuture<Runnable> handedOut = new CompletableFuture<>();
        try (SagaEngine engine = SagaEngine.builder().store(store).threads(handedOut::complete, 1).shutdownTimeoutMs(0).build()) {
            engine.register(order());
            engine.start("order", null, StartOptions.id("order-17"));
            Runnable step = get(handedOut);
            store.isStale = true;
            store.isTaken = true;

            step.run();
        }
        assertEquals(List.of(), calls);
    }

    @Test
    void no_step_begins_any_more_once_its_engine_is_broken() {
        TakenOver store = new TakenOver(Stores.memory());
        CompletableFuture<Runnable> handedOut = new CompletableFuture<>();
        try (SagaEngine engine = SagaEngine.builder().store(store).threads(handedOut::complete, 1).shutdownTimeoutMs(0).build()) {
            engine.register(order());
            CompletableFuture<SagaResult> running = engine.execute("order", null);
            Runnable step = get(handedOut);
            store.isTaken = true;
            engine.prove();
            TestEngine.failure(OutcomeUnknownException.class, running);

            step.run();
        }
        assertEquals(List.of(), calls);
    }

    @Test
    void a_step_that_begins_after_a_pause_asks_first_whether_its_engine_still_owns_it() {
        TakenOver store = new TakenOver(Stores.memory());
        store.isStale = true;
        try (SagaEngine engine = engine(store, 0)) {
            engine.register(Sagas.named("order").step("charge", Map.class, (order, context) -> null).build());

            assertTrue(get(engine.execute("order", null)).isSuccess());
        }
    }

    private static SagaEngine engine(Store store, long shutdownTimeoutMs) {
        return SagaEngine.builder().store(store).shutdownTimeoutMs(shutdownTimeoutMs).build();
    }

    private Path file() {
        return folder.resolve("sagas.db");
    }

    /** Another engine takes over when the test says so. */
    private static final class TakenOver extends StoreAround {
        private volatile boolean isTaken;
        private volatile boolean isStale;

        TakenOver(Store kept) {
            super(kept);
        }

        @Override
        public void prove() {
            if (isTaken) {
                throw new FencedException(description());
            }
        }

        @Override
        public OptionalLong provedMs() {
            return isStale ? OptionalLong.of(Long.MIN_VALUE / 2) : OptionalLong.empty();
        }
    }
}
