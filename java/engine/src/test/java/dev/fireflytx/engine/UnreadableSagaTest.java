package dev.fireflytx.engine;

import static dev.fireflytx.engine.StoredSagas.begun;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A saga whose facts make no sense is refused by name, and stops nobody else. */
class UnreadableSagaTest {
    private static final AttemptRef OF_NO_STEP = new AttemptRef(7, Direction.FORWARD, 1);

    @TempDir
    private Path folder;

    private final ScriptedExecutor executor = new ScriptedExecutor();
    private final RecordingListener listener = new RecordingListener();
    private Path file;
    private HandEngine engine;

    @BeforeEach
    void openEngine() {
        file = folder.resolve("journal.db");
        try (Store store = Stores.sqlite(file)) {
            store.append(List.of(begun("bad", SagaStatus.RUNNING), begun("good", SagaStatus.RUNNING), new Store.Entry("bad", Optional.empty(),
                    StoredSagas.AT_MS, List.of(new Fact.StepCompleted(OF_NO_STEP)), SagaStatus.RUNNING)));
        }
        engine = new HandEngine(Stores.sqlite(file), new TestClock(), executor, () -> 0.5, listener);
        engine.register(StoredSagas.ONE);
        executor.report(new AttemptId("bad", "a", Direction.FORWARD, 1, 1), TestEngine.success("{}")); // held while its engine was replaced
        engine.adopt(Map.of());
        engine.runTurns();
    }

    @AfterEach
    void closeEngine() {
        engine.close();
    }

    @Test
    void all_others_go_on() {
        executor.report(executor.next(), TestEngine.success("{}"));

        assertEquals(SagaStatus.COMPLETED, engine.answer(engine.result("good")).status());
        assertEquals(List.of(), executor.waiting());
    }

    @Test
    void whoever_asks_for_it_is_told_which_file_and_which_saga() {
        for (CompletableFuture<?> asked : List.of(engine.result("bad"), engine.get("bad"), engine.cancel("bad"),
                engine.start(new StartRequest("one", "bad", "{\"a\":1.10}")))) {
            RefusedException refusal = engine.refusal(asked);

            assertEquals(RefusedException.Code.UNREADABLE, refusal.code());
            assertTrue(refusal.getMessage().startsWith("What 'sqlite:" + file + "' holds of saga 'one' bad makes no sense: "),
                    refusal.getMessage());
        }
    }

    @Test
    void the_log_tells_of_it_once() {
        engine.register(StoredSagas.ONE);
        engine.refusal(engine.result("bad"));

        assertEquals(1, listener.lines().stream().filter(line -> line.correlationId().equals("bad")).count());
    }
}
