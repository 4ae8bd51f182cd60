package shop;

import dev.fireflytx.engine.NonRetryableException;
import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.SagaResult;
import dev.fireflytx.engine.StartOptions;
import dev.fireflytx.engine.Stores;
import dev.fireflytx.engine.saga.ExecutableSaga;
import dev.fireflytx.engine.saga.Sagas;
import dev.fireflytx.engine.saga.StepContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * Places one order and prints how it ended: {@code Shop FOLDER ID [declined]}.
 *
 * <p>The folder has the journal; {@code ledger}, a line for each attempt; and files that hold steps back: while {@code hold-charge} is there,
 * an attempt of {@code charge} does not end.
 */
public final class Shop {
    private final Path folder;

    private Shop(Path folder) {
        this.folder = folder;
    }

    public static void main(String[] arguments) {
        new Shop(Path.of(arguments[0])).place(arguments[1], Map.of("declined", arguments.length > 2));
    }

    private void place(String id, Map<String, Boolean> order) {
        try (SagaEngine engine = SagaEngine.builder().store(Stores.sqlite(folder.resolve("journal.db"))).build()) {
            engine.register(saga()); // what an earlier process has left goes on
            SagaResult result = engine.execute("order", order, StartOptions.id(id)).join();
            System.out.println(result.status() + " " + result.compensatedSteps());
        }
    }

    private ExecutableSaga saga() {
        return Sagas.named("order")
                .step("reserve", Map.class, (order, context) -> work(context, "reserve"))
                    .compensate(Map.class, (reserved, context) -> work(context, "release"))
                .step("charge", Map.class, this::charge).dependsOn("reserve")
                .step("ship", Map.class, (order, context) -> work(context, "ship")).dependsOn("charge")
                .build();
    }

    private Object charge(Map<?, ?> order, StepContext context) throws Exception {
        work(context, "charge");
        if (order.get("declined").equals(true)) {
            throw new NonRetryableException("The card was declined");
        }
        return null;
    }

    private Object work(StepContext context, String what) throws IOException, InterruptedException {
        Files.writeString(folder.resolve("ledger"), what + " " + context.idempotencyKey() + "\n",
                StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        while (Files.exists(folder.resolve("hold-" + what))) {
            Thread.sleep(10);
        }
        return null;
    }
}
