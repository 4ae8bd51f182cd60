package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.failure;
import static dev.fireflytx.engine.TestEngine.get;
import static dev.fireflytx.engine.TestEngine.refusal;
import static dev.fireflytx.engine.TestEngine.step;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.definition.EventOptions;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.machine.Fact;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nothing leaves the engine before what it rests on is durable. */
class DurabilityTest {
    private static final EventOptions EVENTS = new EventOptions("topic", "", false, false, true, true, true, true);
    private static final SagaDefinition ONE = SagaDefinition.of("one", step("a").events(EVENTS).build());

    private final TestEngine test = new TestEngine(ONE);

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void a_start_is_answered_and_its_step_handed_out_only_when_the_store_has_it() {
        test.store.hold();
        CompletableFuture<String> start = test.engine.start(new StartRequest("one", "i-1", "{}"));
        test.store.awaitAppend();
        assertFalse(start.isDone());
        assertEquals(List.of(), test.executor.waiting());
        assertEquals(List.of(), test.listener.events());
        assertEquals(List.of(), test.listener.lines());

        test.store.open();

        assertEquals("i-1", get(start));
        assertEquals("i-1", test.executor.next().attempt().correlationId());
    }

    @Test
    void an_end_is_told_only_when_the_store_has_it() {
        CompletableFuture<SagaResult> running = test.begin("one", "i-1");
        Task forward = test.executor.next();
        test.store.hold();
        test.executor.report(forward, TestEngine.success("{}"));
        test.store.awaitAppend();
        assertFalse(running.isDone());

        test.store.open();

        assertEquals(SagaStatus.COMPLETED, get(running).status());
    }

    @Test
    void get_does_not_tell_of_a_state_that_the_store_does_not_have() {
        AtomicReference<CompletableFuture<SagaInfo>> found = new AtomicReference<>();
        test.store.hold();
        CompletableFuture<Void> turn = CompletableFuture.runAsync(() -> test.inOneTurn(() -> {
            test.engine.start(new StartRequest("one", "i-1", "{}"));
            found.set(test.engine.get("i-1"));
        }));
        test.store.awaitAppend();
        assertFalse(found.get().isDone());

        test.store.open();
        turn.join();

        assertEquals(SagaStatus.RUNNING, get(found.get()).status());
    }

    @Test
    void a_turn_is_appended_as_a_whole() {
        test.inOneTurn(() -> {
            test.engine.start(new StartRequest("one", "i-1", "{}"));
            test.engine.start(new StartRequest("one", "i-2", "{}"));
        });

        assertEquals(List.of("i-1", "i-2"), test.store.entries().stream().map(Store.Entry::correlationId).toList());
        assertTrue(test.store.entries().get(0).facts().get(0) instanceof Fact.SagaStarted);
    }

    @Test
    void when_an_append_fails_callers_get_an_error_that_says_so() {
        CompletableFuture<SagaResult> earlier = test.begin("one", "i-1");
        IllegalStateException diskFull = new IllegalStateException("no space left");
        test.store.breakWith(diskFull);

        CompletableFuture<String> start = test.engine.start(new StartRequest("one", "i-2", "{}"));

        assertSame(diskFull, failure(OutcomeUnknownException.class, start).getCause());
        assertSame(diskFull, failure(OutcomeUnknownException.class, earlier).getCause());
    }

    @Test
    void when_an_append_fails_nothing_is_handed_out() {
        test.store.breakWith(new IllegalStateException("no space left"));

        failure(OutcomeUnknownException.class, test.engine.start(new StartRequest("one", "i-1", "{}")));

        assertEquals(List.of(), test.executor.waiting());
        assertEquals(List.of(), test.listener.events());
    }

    @Test
    void after_a_failed_append_the_engine_refuses_more_and_says_why() {
        test.store.breakWith(new IllegalStateException("no space left"));
        failure(OutcomeUnknownException.class, test.engine.start(new StartRequest("one", "i-1", "{}")));

        RefusedException refused = refusal(test.engine.get("i-1"));

        assertEquals(RefusedException.Code.CLOSING, refused.code());
        assertTrue(refused.getMessage().contains("no space left"), refused.getMessage());
    }

    @Test
    void a_failed_append_is_logged_as_an_error() {
        test.store.breakWith(new IllegalStateException("no space left"));
        failure(OutcomeUnknownException.class, test.engine.start(new StartRequest("one", "i-1", "{}")));

        assertEquals(List.of("the engine has failed and takes nothing more: java.lang.IllegalStateException: no space left"),
                test.listener.messages(Level.ERROR));
    }
}
