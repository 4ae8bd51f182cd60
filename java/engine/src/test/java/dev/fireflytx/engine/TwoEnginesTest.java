package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.step;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two engines on one journal, and what one of them must not tell. */
class TwoEnginesTest {
    private static final SagaDefinition ORDER = SagaDefinition.of("order", step("pay").pivot(true).build(),
            step("ship", "pay").build());
    private static final StartRequest START = new StartRequest("order", "i-1", "{}");
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

    @TempDir
    private Path folder;

    private final ScriptedExecutor executor = new ScriptedExecutor();
    private final RecordingListener listener = new RecordingListener();
    private Store firstStore;
    private Store secondStore;
    private HandEngine first;
    private HandEngine second;

    @BeforeEach
    void open() {
        firstStore = new Interrupted(Stores.sqlite(folder.resolve("journal.db")));
        secondStore = Stores.sqlite(folder.resolve("journal.db"));
        first = engine(firstStore, new ScriptedExecutor().places(StepKind.COROUTINE, 1), listener);
        second = engine(secondStore, executor, new RecordingListener());
    }

    private static HandEngine engine(Store store, ScriptedExecutor executor, RecordingListener listener) {
        HandEngine engine = new HandEngine(store, new TestClock(), executor, () -> 0.5, listener);
        engine.register(ORDER);
        engine.adopt(Map.of());
        engine.runTurns();
        return engine;
    }

    @AfterEach
    void close() {
        firstStore.close();
        secondStore.close();
    }

    /** Before the first engine's batch with a saga is written, the second engine starts the same. */
    private final class Interrupted extends StoreAround {
        private Interrupted(Store kept) {
            super(kept);
        }

        @Override
        public long append(List<Entry> batch) {
            if (batch.get(0).beginning().isPresent() && find("i-1").isEmpty()) {
                second.start(START);
                second.runTurns();
            }
            return super.append(batch);
        }
    }

    @Test
    void the_end_of_a_saga_that_another_engine_has_started_a_moment_before_is_told_to_nobody() {
        first.start(START);
        CompletableFuture<SagaResult> result = first.result("i-1");
        first.cancel("i-1"); // in the same turn, so that here it would have ended with it
        first.runTurns();

        assertFalse(result.isDone(), () -> "answered: " + result);
        assertEquals(List.of(), listener.lines().stream().map(EngineLog::message).toList());
        assertEquals(List.of("pay"), executor.waiting());
    }

    @Test
    void whoever_waits_for_a_saga_of_a_gone_engine_that_waits_for_a_person_is_told_so() {
        second.start(START);
        second.runTurns();
        CompletableFuture<SagaResult> result = first.result("i-1");
        first.runTurns();
        executor.report(executor.next(), TestEngine.success("{}"));
        second.runTurns();
        executor.report(executor.next(), new Outcome.Failed(SagaError.of("E", "for good"), false, "{}"));
        second.runTurns();
        secondStore.close();

        long untilNs = System.nanoTime() + PATIENCE_NS;
        while (!result.isDone() && System.nanoTime() < untilNs) {
            first.runTurns(); // as the store's thread sees the other engine gone
            Thread.onSpinWait();
        }

        assertTrue(result.isDone(), "nobody told");
        assertEquals(SagaStatus.PARKED, result.join().status());
    }
}
