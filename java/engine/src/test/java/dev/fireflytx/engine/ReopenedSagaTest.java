package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.step;
import static dev.fireflytx.engine.TestEngine.success;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.machine.Resolution;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A saga that ended with compensations that failed, and that a person takes up again. */
class ReopenedSagaTest {
    private static final SagaDefinition SAGA =
            SagaDefinition.of("order", step("a").build(), step("b", "a").build(), step("c", "b").build());

    private final Store store = Stores.memory();
    private final ScriptedExecutor executor = new ScriptedExecutor();
    private final HandEngine engine =
            new HandEngine(store, new TestClock(), executor, () -> 0.5, new RecordingListener());

    private void failBothCompensations() {
        engine.register(SAGA);
        engine.adopt(Map.of());
        engine.start(new StartRequest("order", "o", "{}"));
        engine.runTurns();
        executor.report(executor.next(), success("{}"));
        engine.runTurns();
        executor.report(executor.next(), success("{}"));
        for (int failures = 0; failures < 3; failures++) {
            engine.runTurns();
            executor.report(executor.next(), new Outcome.Failed(SagaError.of("Broken", ""), false, "{}"));
        }
        engine.runTurns();
        assertEquals(SagaStatus.COMPENSATION_FAILED, status());
    }

    @Test
    void is_not_forgotten_when_it_ends_and_is_reopened_in_one_turn() {
        failBothCompensations();
        decide("b", Resolution.MARK_COMPENSATED);
        decide("a", Resolution.RETRY_COMPENSATION);
        engine.runTurns();
        executor.report(executor.next(), success("{}"));
        engine.runTurns();
        assertEquals(SagaStatus.COMPENSATED, status());
    }

    private void decide(String step, Resolution resolution) {
        engine.resolve(new ResolveRequest("o", step, resolution, "ann", "she looked"));
    }

    private SagaStatus status() {
        return store.find("o").orElseThrow().status();
    }
}
