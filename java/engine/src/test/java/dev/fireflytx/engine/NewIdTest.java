package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.get;
import static dev.fireflytx.engine.TestEngine.step;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.machine.Fact;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Starts whose id is said to be new, which it mostly is. */
class NewIdTest {
    private static final SagaDefinition ONE = SagaDefinition.of("one", step("a").build());

    @TempDir
    private Path folder;

    private final TestClock clock = new TestClock();
    private final ScriptedExecutor executor = new ScriptedExecutor();
    private final List<String> asked = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void the_store_is_not_asked_for_a_new_id(boolean isDurable) {
        HandEngine engine = open(store(isDurable));

        engine.start(start("i-1", true));
        engine.start(start("i-2", false));
        engine.runTurns();

        assertEquals(List.of("i-2"), asked);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void an_id_that_is_not_new_at_all_joins_the_saga_that_has_ended(boolean isDurable) {
        HandEngine engine = openWithEnded(isDurable);

        CompletableFuture<String> again = engine.start(start("i-1", true));
        CompletableFuture<String> other = engine.start(start("i-2", true));
        engine.runTurns();

        assertEquals("i-1", get(again));
        assertEquals("i-2", get(other));
        assertEquals("i-2", executor.next().attempt().correlationId(), "nothing of the other one's was started again");
        CompletableFuture<SagaResult> result = engine.result("i-1");
        engine.runTurns();
        assertEquals("{\"n\":1}", get(result).steps().get(0).result().orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void an_id_that_is_not_new_is_refused_with_another_input(boolean isDurable) {
        HandEngine engine = openWithEnded(isDurable);

        CompletableFuture<String> again = engine.start(new StartRequest("one", "i-1", "{\"a\":1}", 0, Fact.SagaStarted.NO_TRACE, "", true));
        engine.runTurns();

        assertEquals(RefusedException.Code.ID_CONFLICT, TestEngine.refusal(again).code());
    }

    private static StartRequest start(String id, boolean isNew) {
        return new StartRequest("one", id, "{}", 0, Fact.SagaStarted.NO_TRACE, "", isNew);
    }

    /** An engine that has run saga i-1 to its end. */
    private HandEngine openWithEnded(boolean isDurable) {
        HandEngine engine = open(store(isDurable));
        engine.start(start("i-1", true));
        engine.runTurns();
        executor.report(executor.next(), TestEngine.success("{\"n\":1}"));
        engine.runTurns();
        return engine;
    }

    private Store store(boolean isDurable) {
        return isDurable ? Stores.sqlite(folder.resolve("journal.db")) : Stores.memory();
    }

    private HandEngine open(Store store) {
        HandEngine engine = new HandEngine(new StoreAround(store) {
            @Override
            public Optional<Header> find(String correlationId) {
                asked.add(correlationId);
                return super.find(correlationId);
            }
        }, clock, executor, () -> 0.5, new RecordingListener());
        engine.register(ONE);
        engine.runTurns();
        return engine;
    }
}
