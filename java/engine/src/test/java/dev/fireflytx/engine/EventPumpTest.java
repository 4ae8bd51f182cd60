package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.step;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.definition.EventOptions;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.SagaEventOptions;
import dev.fireflytx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Events go out in order, only so many at once, and stay in the store until they have arrived. */
class EventPumpTest {
    private static final SagaDefinition ORDER = SagaDefinition.of("order", step("charge").events(EventOptions.to("orders")).build())
            .withEvents(SagaEventOptions.to("sagas"));
    private static final int MANY = 200; // 800 events

    private final Store store = Stores.memory();
    private final ScriptedExecutor executor = new ScriptedExecutor();
    private final List<String> published = new ArrayList<>();
    private final HandEngine engine = new HandEngine(store, new TestClock(), executor, () -> 0.5, new RecordingListener(),
            (position, event) -> {
                published.add(event);
                assertEquals(published.size(), position);
            });

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void events_are_handed_out_in_order_once_they_are_durable() {
        begin();
        run("i-1");

        assertEquals(List.of("order.saga.started", "charge.started", "charge.completed", "order.saga.completed"), types());
    }

    @Test
    void nothing_is_handed_out_before_the_engine_has_begun() {
        engine.register(ORDER);
        engine.start(new StartRequest("order", "i-1", "{}"));
        engine.runTurns();

        assertEquals(List.of(), published);

        engine.adopt(Map.of());
        engine.runTurns();

        assertEquals("order.saga.started", types().get(0));
    }

    @Test
    void no_more_than_a_window_is_out_while_nobody_takes_them_and_the_rest_follows() {
        begin();
        for (int i = 0; i < MANY; i++) {
            run("i-" + i);
        }

        assertTrue(published.size() >= EventPump.MOST_EVENTS);
        assertTrue(published.size() < EventPump.MOST_EVENTS + 64);

        for (int upTo = published.size(); published.size() < 4 * MANY; upTo = published.size()) {
            engine.published(upTo);
            engine.runTurns();
        }

        assertEquals(4 * MANY, new HashSet<>(published).size());
    }

    @Test
    void what_has_arrived_is_not_kept() {
        begin();
        run("i-1");
        engine.published(3);
        engine.runTurns();

        assertEquals(1, store.outbox().read(store.owner(), 0, MANY).size());
    }

    @Test
    void whoever_waits_hears_when_the_last_one_has_arrived() {
        begin();
        run("i-1");
        CompletableFuture<Void> all = engine.allPublished();
        engine.runTurns();

        assertFalse(all.isDone());

        engine.published(4);
        engine.runTurns();

        assertTrue(all.isDone());
    }

    @Test
    void each_event_has_an_id_of_its_own_which_the_saga_s_history_gives() {
        begin();
        run("i-1");

        List<Long> facts = published.stream().map(event -> JsonObject.split(event).number("fact")).toList();
        assertEquals(List.of(1L, 2L, 4L, 5L), facts);
    }

    private void begin() {
        engine.register(ORDER);
        engine.adopt(Map.of());
        engine.runTurns();
    }

    private void run(String id) {
        engine.start(new StartRequest("order", id, "{}"));
        engine.runTurns();
        executor.report(executor.next(), TestEngine.success("{}"));
        engine.runTurns();
    }

    private List<String> types() {
        return published.stream().map(event -> JsonObject.split(event).string("event_type")).toList();
    }
}
