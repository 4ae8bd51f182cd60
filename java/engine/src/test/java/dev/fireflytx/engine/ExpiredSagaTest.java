package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.step;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fireflytx.core.definition.SagaDefinition;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Of a saga that ended long ago nothing is left but its tombstone. */
class ExpiredSagaTest {
    private static final SagaDefinition SAGA = SagaDefinition.of("one", step("a").build());

    private final ScriptedExecutor executor = new ScriptedExecutor();
    private final ForgetfulStore store = new ForgetfulStore();
    private final HandEngine engine = new HandEngine(store, new TestClock(), executor, () -> 0.5, new RecordingListener());

    /** Forgets what it is told to, but for the headers. */
    private static final class ForgetfulStore extends StoreAround {
        private final Set<String> forgotten = new HashSet<>();
        private boolean isElsewhere;
        private Watcher watcher;

        ForgetfulStore() {
            super(Stores.memory());
        }

        @Override
        public Optional<StoredSaga> load(String correlationId) {
            return forgotten.contains(correlationId) ? Optional.empty() : super.load(correlationId);
        }

        @Override
        public boolean isElsewhere(Header saga) {
            return isElsewhere;
        }

        @Override
        public void watch(Watcher to) {
            watcher = to;
        }
    }

    @BeforeEach
    void run() {
        engine.register(SAGA);
        engine.adopt(Map.of());
        engine.start(new StartRequest("one", "i-1", "{}"));
        engine.runTurns();
        executor.report(executor.next(), TestEngine.success("{}"));
        engine.runTurns();
        store.forgotten.add("i-1");
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void the_same_start_again_is_acknowledged_and_runs_nothing() {
        assertEquals("i-1", engine.answer(engine.start(new StartRequest("one", "i-1", "{}"))));
        assertEquals(0, executor.waiting().size());
    }

    @Test
    void another_input_is_refused() {
        assertEquals(RefusedException.Code.ID_CONFLICT, engine.refusal(engine.start(new StartRequest("one", "i-1", "{\"a\":1}"))).code());
    }

    @Test
    void its_result_has_expired_and_the_refusal_knows_how_it_ended() {
        RefusedException refusal = engine.refusal(engine.result("i-1"));

        assertEquals(RefusedException.Code.EXPIRED, refusal.code());
        assertEquals(SagaStatus.COMPLETED, refusal.status().orElseThrow());
        assertEquals("Saga 'one' i-1 ended as COMPLETED so long ago that its result and its history are no longer kept.",
                refusal.getMessage());
    }

    @Test
    void it_can_t_be_cancelled_any_more() {
        assertFalse(engine.answer(engine.cancel("i-1")));
    }

    @Test
    void whoever_waited_while_another_engine_ran_it_is_told() {
        store.forgotten.clear();
        engine.start(new StartRequest("one", "i-2", "{}"));
        engine.runTurns();
        Task task = executor.next();
        HandEngine second = new HandEngine(store, new TestClock(), new ScriptedExecutor(), () -> 0.5, new RecordingListener());
        store.isElsewhere = true;
        CompletableFuture<SagaResult> waiting = second.result("i-2");
        second.runTurns();
        executor.report(task, TestEngine.success("{}"));
        engine.runTurns();
        store.forgotten.add("i-2");

        store.watcher.round(false, List.of());
        second.runTurns();

        assertEquals(RefusedException.Code.EXPIRED,
                ((RefusedException) assertThrows(CompletionException.class, waiting::join).getCause()).code());
    }
}
