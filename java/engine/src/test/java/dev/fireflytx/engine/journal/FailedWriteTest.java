package dev.fireflytx.engine.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.engine.EngineListener;
import dev.fireflytx.engine.EngineLog;
import dev.fireflytx.engine.OutcomeUnknownException;
import dev.fireflytx.engine.RefusedException;
import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.SagaResult;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.StartRequest;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.saga.Sagas;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A write fails: nothing is acknowledged, the engine stays down and says so, and the next one goes on from what is durable. */
class FailedWriteTest {
    private static final long PATIENCE_S = 10;

    @TempDir
    private Path folder;

    private final List<EngineLog> errors = new CopyOnWriteArrayList<>();
    private SagaEngine engine;

    @BeforeEach
    void open() {
        Store store = SqliteStore.open(file());
        engine = SagaEngine.builder().store(store).listener(new Errors()).build();
        engine.register(Sagas.named("pivot").step("pay", String.class, (order, context) -> "{}").pivot()
                .step("deliver", String.class, (order, context) -> "{}").dependsOn("pay").build());
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void callers_are_told_that_the_outcome_is_unknown() {
        failWrites();

        Throwable cause = failure(engine.execute(new StartRequest("pivot", "i-1", "{}")));

        assertEquals(OutcomeUnknownException.class, cause.getClass());
        assertTrue(cause.getMessage().contains(file().toString()), cause.getMessage());
    }

    @Test
    void nothing_more_is_taken_even_when_the_disk_works_again() {
        failWrites();
        failure(engine.start(new StartRequest("pivot", "i-1", "{}")));
        mend();

        assertEquals(RefusedException.class, failure(engine.start(new StartRequest("pivot", "i-2", "{}"))).getClass());
        assertEquals(0, TestJournal.number(file(), "SELECT count(*) FROM sagas"));
    }

    @Test
    void it_is_logged_once_as_an_error_that_names_the_file() {
        failWrites();
        failure(engine.start(new StartRequest("pivot", "i-1", "{}")));
        engine.close();

        assertEquals(1, errors.size(), errors.toString());
        assertTrue(errors.get(0).message().contains(file().toString()), errors.toString());
    }

    @Test
    void another_engine_goes_on_from_what_is_durable() {
        assertEquals(SagaStatus.COMPLETED, get(engine.execute(new StartRequest("pivot", "before", "{}"))).status());
        failWrites();
        failure(engine.start(new StartRequest("pivot", "i-1", "{}")));
        engine.close();
        mend();

        open();

        assertEquals(SagaStatus.COMPLETED, get(engine.result("before")).status());
        assertEquals(SagaStatus.COMPLETED, get(engine.execute(new StartRequest("pivot", "i-1", "{}"))).status());
    }

    private void failWrites() {
        TestJournal.execute(file(), "CREATE TRIGGER full BEFORE INSERT ON facts BEGIN SELECT raise(ABORT, 'no space left'); END");
    }

    private void mend() {
        TestJournal.execute(file(), "DROP TRIGGER full");
    }

    private static SagaResult get(CompletableFuture<SagaResult> future) {
        return future.orTimeout(PATIENCE_S, TimeUnit.SECONDS).join();
    }

    private static Throwable failure(CompletableFuture<?> future) {
        return assertThrows(CompletionException.class, () -> future.orTimeout(PATIENCE_S, TimeUnit.SECONDS).join()).getCause();
    }

    private Path file() {
        return folder.resolve("journal.db");
    }

    private final class Errors implements EngineListener {
        @Override
        public boolean isLogging(Level level) {
            return level == Level.ERROR;
        }

        @Override
        public void onLog(EngineLog entry) {
            errors.add(entry);
        }
    }
}
