package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.step;
import static dev.fireflytx.engine.TestEngine.success;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.machine.Resolution;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Decisions taken at an engine that can't run the saga: it observes, or has not registered its class. */
class AskedOfOthersTest {
    private static final SagaDefinition ORDER = SagaDefinition.of("order", step("pay").build(), step("ship", "pay").build());
    private static final ResolveRequest RETRY = new ResolveRequest("i-1", "", Resolution.RETRY_COMPENSATION, "ann", "it is open again");
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);

    @TempDir
    private Path folder;

    private final ScriptedExecutor executor = new ScriptedExecutor();
    private final TestClock clock = new TestClock();
    private HandEngine owner;

    /** Leaves a saga whose compensation was given up, and another one that runs. */
    @BeforeEach
    void leaveSagas() {
        owner = engine(Stores.sqlite(file()));
        owner.register(ORDER);
        owner.start(new StartRequest("order", "i-1", "{}"));
        owner.runTurns();
        executor.report(executor.next(), success("{}"));
        for (int failures = 0; failures < 2; failures++) {
            owner.runTurns();
            executor.report(executor.next(), new Outcome.Failed(SagaError.of("Broken", ""), false, "{}"));
        }
        owner.start(new StartRequest("order", "i-2", "{}"));
        owner.runTurns();
        assertEquals(SagaStatus.COMPENSATION_FAILED, owner.answer(owner.get("i-1")).status());
        assertEquals(List.of("pay"), executor.waiting());
    }

    private Path file() {
        return folder.resolve("journal.db");
    }

    private HandEngine engine(Store store) {
        HandEngine engine = new HandEngine(store, clock, executor, () -> 0.5, new RecordingListener());
        engine.adopt(Map.of());
        engine.runTurns();
        return engine;
    }

    /** Both engines have turns, as their stores' threads see what the other has written. */
    private <T> CompletableFuture<T> answered(CompletableFuture<T> asked, HandEngine... engines) {
        long untilNs = System.nanoTime() + PATIENCE_NS;
        while (!asked.isDone() && System.nanoTime() < untilNs) {
            for (HandEngine engine : engines) {
                engine.runTurns();
            }
            Thread.onSpinWait();
        }
        assertTrue(asked.isDone(), "nobody answered");
        return asked;
    }

    @Test
    void an_observer_s_decision_about_what_has_ended_is_taken_by_an_engine_that_has_its_class() {
        HandEngine observer = engine(Stores.observe(file()));

        assertEquals(SagaStatus.COMPENSATING, answered(observer.resolve(RETRY), observer, owner).join().status());
        assertEquals(List.of("pay", "pay"), executor.waiting());
        observer.close();
        owner.close();
    }

    @Test
    void an_observer_s_cancel_is_done_by_the_engine_that_runs_the_saga() {
        HandEngine observer = engine(Stores.observe(file()));

        assertTrue(answered(observer.cancel("i-2"), observer, owner).join());
        observer.close();
        owner.close();
    }

    @Test
    void an_engine_without_the_class_passes_a_decision_on_and_runs_nothing_itself() {
        HandEngine stranger = engine(Stores.sqlite(file()));

        assertEquals(SagaStatus.COMPENSATING, answered(stranger.resolve(RETRY), stranger, owner).join().status());
        stranger.close();
        owner.close();
    }

    @Test
    void one_of_several_engines_with_the_class_takes_the_decision() {
        HandEngine other = engine(Stores.sqlite(file()));
        other.register(ORDER);
        HandEngine observer = engine(Stores.observe(file()));

        assertEquals(SagaStatus.COMPENSATING, answered(observer.resolve(RETRY), observer, owner, other).join().status());
        assertEquals(List.of("pay", "pay"), executor.waiting());
        observer.close();
        other.close();
        owner.close();
    }

    @Test
    void a_decision_that_nothing_waits_for_is_refused_without_asking_anybody() {
        owner.close();
        HandEngine observer = engine(Stores.observe(file()));

        RefusedException why = observer.refusal(
                observer.resolve(new ResolveRequest("i-1", "ship", Resolution.MARK_COMPENSATED, "ann", "")));

        assertEquals(RefusedException.Code.NOT_WAITING, why.code());
        observer.close();
    }

    @Test
    void nobody_to_ask_is_said_at_once() {
        owner.close();
        HandEngine observer = engine(Stores.observe(file()));

        for (CompletableFuture<?> asked : List.of(observer.resolve(RETRY), observer.cancel("i-2"))) {
            assertEquals(RefusedException.Code.NO_ENGINE, observer.refusal(asked).code());
        }
        assertEquals(SagaStatus.COMPENSATION_FAILED, observer.answer(observer.get("i-1")).status());
        observer.close();
    }

    @Test
    void what_nobody_answers_is_taken_back() {
        HandEngine observer = engine(Stores.observe(file()));
        CompletableFuture<SagaInfo> asked = observer.resolve(RETRY);
        observer.runTurns();
        clock.jump(10_000);

        CompletionException refused = assertThrows(
                CompletionException.class, answered(asked, observer)::join);

        assertEquals("Saga 'order' i-1 in 'sqlite:" + file() + "': no engine has answered within 10 s. Start the program that has its class,"
                + " then decide again.", refused.getCause().getMessage());
        try (Store store = Stores.sqlite(file())) {
            assertEquals(SagaStatus.COMPENSATION_FAILED, store.find("i-1").orElseThrow().status());
        }
        observer.close();
        owner.close();
    }
}
