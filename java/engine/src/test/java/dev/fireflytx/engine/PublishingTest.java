package dev.fireflytx.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.fireflytx.core.definition.EventOptions;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.engine.saga.ExecutableSaga;
import dev.fireflytx.engine.saga.Sagas;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM application that publishes events. */
class PublishingTest {
    private static final int SAGAS = 100;
    private static final long PATIENCE_S = 10;
    private static final ExecutableSaga ORDER = Sagas.named("order")
            .step("charge", String.class, (order, context) -> "{}").events(EventOptions.to("orders")).build();

    @TempDir
    private Path folder;

    @Test
    void what_one_engine_could_not_publish_the_next_one_does() {
        try (SagaEngine engine = open((position, event) -> { })) {
            engine.register(ORDER);
            runAll(engine);
            assertFalse(engine.allPublished().isDone());
        }

        List<String> arrived = new CopyOnWriteArrayList<>();
        CompletableFuture<SagaEngine> itself = new CompletableFuture<>();
        try (SagaEngine engine = open((position, event) -> {
            arrived.add(JsonObject.split(event).string("event_type"));
            itself.thenAccept(opened -> opened.published(position));
        })) {
            itself.complete(engine);
            engine.allPublished().orTimeout(PATIENCE_S, TimeUnit.SECONDS).join();
        }

        assertEquals(SAGAS, arrived.stream().filter("charge.started"::equals).count());
        assertEquals(SAGAS, arrived.stream().filter("charge.completed"::equals).count());
    }

    private SagaEngine open(EventSink publisher) {
        return SagaEngine.builder().store(Stores.sqlite(folder.resolve("sagas.db"))).publisher(publisher).build();
    }

    private static void runAll(SagaEngine engine) {
        CompletableFuture<?>[] all = IntStream.range(0, SAGAS)
                .mapToObj(i -> engine.execute("order", "{}", StartOptions.id("order-" + i))).toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(all).orTimeout(PATIENCE_S, TimeUnit.SECONDS).join();
    }
}
