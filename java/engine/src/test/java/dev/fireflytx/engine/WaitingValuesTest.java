package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.step;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepKind;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What waits for a place keeps small values at hand and leaves large ones to the store. */
class WaitingValuesTest {
    private static final SagaDefinition PAIR = SagaDefinition.of("pair", step("a").build(), step("b", "a").build());
    private static final String SMALL = "{\"n\":1.10}";
    private static final String LARGE = "{\"text\":\"" + "x".repeat(2_000) + "\"}";

    private final CountingStore store = new CountingStore();
    private final ScriptedExecutor executor = new ScriptedExecutor();
    private final HandEngine engine = new HandEngine(store, new TestClock(), executor, () -> 0.5, new RecordingListener());

    private static final class CountingStore extends StoreAround {
        private int loads;

        CountingStore() {
            super(Stores.memory());
        }

        @Override
        public Optional<StoredSaga> load(String correlationId) {
            loads++;
            return super.load(correlationId);
        }
    }

    @Test
    void a_large_input_is_read_again_when_its_attempt_gets_a_place() {
        begin(0, LARGE);

        places(1);

        assertEquals(1, store.loads);
        assertEquals(LARGE, executor.next().data());
    }

    @Test
    void a_large_result_is_there_for_a_step_that_had_to_wait() {
        begin(1, SMALL);
        Task first = executor.next();
        executor.places(StepKind.COROUTINE, 0);
        executor.report(first, TestEngine.success(LARGE));
        engine.runTurns();

        places(1);

        assertEquals(LARGE, executor.next().results().get(0).value());
    }

    @Test
    void a_small_input_is_not_read_again() {
        begin(0, SMALL);

        places(1);

        assertEquals(0, store.loads);
        assertEquals(SMALL, executor.next().data());
    }

    @Test
    void an_attempt_that_has_a_place_at_once_keeps_its_values_at_hand() {
        begin(1, LARGE);
        executor.report(executor.next(), TestEngine.success("{}"));
        engine.runTurns();

        assertEquals(0, store.loads);
        assertEquals(LARGE, executor.next().data());
    }

    private void begin(int places, String input) {
        executor.places(StepKind.COROUTINE, places);
        engine.register(PAIR);
        engine.adopt(Map.of());
        engine.start(new StartRequest("pair", "i-1", input));
        engine.runTurns();
        store.loads = 0; // a new id is looked up once
    }

    private void places(int count) {
        executor.places(StepKind.COROUTINE, count);
        engine.runTurns();
    }
}
