package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.failure;
import static dev.fireflytx.engine.TestEngine.step;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fireflytx.core.definition.EventContent;
import dev.fireflytx.core.definition.EventOptions;
import dev.fireflytx.core.definition.EventTarget;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.SagaEventOptions;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Resolution;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventsTest {
    private static final EventOptions ALL = new EventOptions("order-events", "", true, true, true, true, true, true);
    private static final EventOptions BARE = new EventOptions("t", "", false, false, true, true, true, false);
    private static final EventOptions NONE = new EventOptions("t", "", false, false, false, false, false, false);
    private static final EventOptions NAMED = new EventOptions("t", "orders.v2", false, false, true, false, false, false);

    private static final EventContent EVERYTHING = new EventContent(true, true, true, true);

    private final TestEngine test = new TestEngine();

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void a_step_that_succeeds_publishes_that_it_started_and_completed() {
        begin(ALL, 1);
        test.succeed(test.executor.next());

        assertEquals(List.of("order.process.started", "order.process.completed"), test.listener.eventTypes());
    }

    @Test
    void a_step_that_fails_after_retries_publishes_its_failure_once() {
        begin(ALL, 3);
        for (int attempt = 1; attempt <= 3; attempt++) {
            test.report(test.executor.next(), failure("no"));
            test.pass(200);
        }

        assertEquals(
                List.of("order.process.started", "order.process.retrying", "order.process.retrying", "order.process.failed"),
                test.listener.eventTypes());
    }

    @Test
    void a_compensation_publishes_nothing() {
        begin(ALL, 1);
        Task forward = test.executor.next();
        TestEngine.get(test.engine.cancel("i-1", ""));
        test.succeed(forward);
        test.succeed(test.executor.next());

        assertEquals(List.of("order.process.started", "order.process.completed"), test.listener.eventTypes());
    }

    @Test
    void events_that_are_not_asked_for_are_not_published() {
        begin(NONE, 1);
        test.succeed(test.executor.next());

        assertEquals(List.of(), test.listener.events());
    }

    @Test
    void an_event_type_of_its_own_replaces_the_derived_one() {
        begin(NAMED, 1);

        assertEquals(List.of("orders.v2.started"), test.listener.eventTypes());
    }

    @Test
    void timing_and_payload_come_when_asked_for() {
        begin(ALL, 1);
        test.pass(250);
        test.succeed(test.executor.next());

        SagaEvent completed = test.listener.events().get(1);
        assertEquals("order.process.completed", completed.eventType());
        assertEquals("order-events", completed.topic());
        assertEquals("i-1/4", completed.id());
        assertEquals(TestClock.START_MS + 250, completed.atMs());
        assertEquals(OptionalLong.of(250), completed.durationMs());
        assertEquals(Optional.of("{}"), completed.payload());
    }

    @Test
    void timing_and_payload_are_left_out_otherwise() {
        begin(BARE, 1);
        test.succeed(test.executor.next());

        SagaEvent completed = test.listener.events().get(1);
        assertEquals(OptionalLong.empty(), completed.durationMs());
        assertEquals(Optional.empty(), completed.payload());
    }

    @Test
    void a_skipped_step_publishes_nothing() {
        test.executor.answer("process-order", Direction.CONDITION, task -> new Outcome.Verdict(false));
        test.engine.register(SagaDefinition.of("order", step("process-order").events(ALL).conditional(true).build()));
        test.begin("order", "i-1");

        assertEquals(List.of(), test.listener.events());
    }

    @Test
    void a_step_that_is_undone_says_so_when_asked_for() {
        begin(BARE.ofEverything(), 1);
        Task forward = test.executor.next();
        TestEngine.get(test.engine.cancel("i-1", ""));
        test.succeed(forward);
        test.succeed(test.executor.next());

        assertEquals(List.of("order.process.started", "order.process.completed", "order.process.compensated"), test.listener.eventTypes());
    }

    @Test
    void a_compensation_that_is_given_up_says_why_when_asked_for() {
        begin(BARE.ofEverything().carrying(EVERYTHING), 1);
        Task forward = test.executor.next();
        TestEngine.get(test.engine.cancel("i-1", ""));
        test.succeed(forward);
        test.report(test.executor.next(), failure("the shop is closed"));

        SagaEvent last = test.listener.events().get(2);
        assertEquals("order.process.compensation_failed", last.eventType());
        assertEquals("the shop is closed", last.contents().error().orElseThrow().message());
    }

    @Test
    void a_saga_tells_of_itself() {
        test.engine.register(SagaDefinition.of("order", step("charge").policy(TestEngine.attempts(1)).build())
                .withEvents(new SagaEventOptions(EventTarget.to("sagas"), EVERYTHING, true, true, true, true, true)));
        test.begin("order", "i-1");
        test.report(test.executor.next(), TestEngine.success("{\"paid\":true}"));

        assertEquals(List.of("order.saga.started", "order.saga.completed"), test.listener.eventTypes());
        SagaEvent completed = test.listener.events().get(1);
        assertEquals(Optional.of("{\"charge\":{\"paid\":true}}"), completed.contents().result());
        assertEquals("", completed.step());
        assertEquals(0, completed.attempt());
    }

    @Test
    void an_event_with_values_says_what_of_them_nobody_may_see() {
        SagaDefinition saga = SagaDefinition.of("order", step("process-order").events(BARE.carrying(EVERYTHING)).build());
        test.engine.register(new SagaDefinition(saga.name(), saga.steps(), saga.timeoutMs(), saga.layerConcurrency(), saga.compensation(),
                Optional.empty(), Optional.of(SagaEventOptions.to("sagas")), List.of("password")));
        test.begin("order", "i-1");

        assertEquals(List.of("order.saga.started", "order.process.started"), test.listener.eventTypes());
        assertEquals(List.of(), test.listener.events().get(0).contents().redact());
        assertEquals(List.of("password"), test.listener.events().get(1).contents().redact());
    }

    @Test
    void a_saga_that_turns_back_names_the_step_that_failed() {
        test.engine.register(SagaDefinition.of("order", step("reserve").build(), step("charge", "reserve").build())
                .withEvents(SagaEventOptions.to("sagas")));
        test.begin("order", "i-1");
        test.succeed(test.executor.next());
        test.report(test.executor.next(), failure("no"));
        test.succeed(test.executor.next());

        assertEquals(List.of("order.saga.started", "order.saga.failed", "order.saga.compensating", "order.saga.compensated"),
                test.listener.eventTypes());
        assertEquals("charge", test.listener.events().get(1).step());
    }

    @Test
    void values_that_are_too_large_together_are_left_out_by_name() {
        begin(BARE.carrying(EVERYTHING), 1);
        test.report(test.executor.next(), TestEngine.success("{\"x\":\"" + "x".repeat((int) TestEngine.VALUE_LIMIT_BYTES - 10) + "\"}"));

        SagaEvent completed = test.listener.events().get(1);
        assertEquals(List.of("result"), completed.contents().leftOut());
        assertEquals(Optional.empty(), completed.contents().result());
        assertEquals(Optional.of("{}"), completed.payload());
    }

    @Test
    void no_two_events_have_one_id_not_even_after_a_person_has_reopened_the_saga() {
        test.engine.register(SagaDefinition.of("order", step("process-order").events(ALL.ofEverything()).build())
                .withEvents(SagaEventOptions.to("sagas")));
        test.begin("order", "i-1");
        Task forward = test.executor.next();
        TestEngine.get(test.engine.cancel("i-1", ""));
        test.succeed(forward);
        test.report(test.executor.next(), failure("no"));
        TestEngine.get(test.engine.resolve(new ResolveRequest("i-1", "", Resolution.RETRY_COMPENSATION, "{}", "ann", "")));
        test.settle();
        test.succeed(test.executor.next());

        List<String> ids = test.listener.events().stream().map(SagaEvent::id).toList();
        assertEquals("order.saga.compensated", test.listener.eventTypes().get(ids.size() - 1));
        assertEquals(ids.size(), Set.copyOf(ids).size());
    }

    private void begin(EventOptions events, int attempts) {
        test.engine.register(SagaDefinition.of("order",
                step("process-order").policy(TestEngine.attempts(attempts)).events(events).build()));
        test.begin("order", "i-1");
    }
}
