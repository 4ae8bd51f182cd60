package shop;

import static dev.fireflytx.core.definition.StepDefinition.step;

import dev.fireflytx.core.definition.CompensationDefinition;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.engine.HandlerExecutor;
import dev.fireflytx.engine.NonRetryableException;
import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.SagaResult;
import dev.fireflytx.engine.StartRequest;
import dev.fireflytx.engine.StepCall;
import dev.fireflytx.engine.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Places one order and prints how it ended: {@code Shop FOLDER ID [declined]}.
 *
 * <p>The folder has the journal; {@code ledger}, a line for each attempt; and files that hold steps back: while {@code hold-charge} is there,
 * an attempt of {@code charge} does not end.
 */
public final class Shop {
    private static final SagaDefinition ORDER = SagaDefinition.of("order",
            step("reserve").compensation(new CompensationDefinition(StepKind.THREAD, false, RetryPolicy.DEFAULT)).build(),
            step("charge").dependsOn("reserve").build(),
            step("ship").dependsOn("charge").build());

    private final Path folder;

    private Shop(Path folder) {
        this.folder = folder;
    }

    public static void main(String[] arguments) {
        boolean declined = arguments.length > 2;
        new Shop(Path.of(arguments[0])).place(new StartRequest("order", arguments[1], "{\"declined\": " + declined + "}"));
    }

    private void place(StartRequest order) {
        ExecutorService threads = Executors.newCachedThreadPool();
        try (SagaEngine engine = SagaEngine.builder().store(Stores.sqlite(folder.resolve("journal.db"))).executor(handlers(threads)).build()) {
            engine.register(ORDER);
            engine.adopt(Map.of()); // nothing runs yet: what an earlier process has left goes on
            SagaResult result = engine.execute(order).join();
            System.out.println(result.status() + " " + result.compensatedSteps());
        } finally {
            threads.shutdownNow();
        }
    }

    private HandlerExecutor handlers(ExecutorService threads) {
        return HandlerExecutor.builder(threads)
                .step("order", "reserve", call -> work(call, "reserve"))
                .compensation("order", "reserve", call -> work(call, "release"))
                .step("order", "charge", this::charge)
                .step("order", "ship", call -> work(call, "ship"))
                .build();
    }

    private String charge(StepCall call) throws Exception {
        work(call, "charge");
        if (call.data().contains("true")) {
            throw new NonRetryableException("The card was declined");
        }
        return "{}";
    }

    private String work(StepCall call, String what) throws IOException, InterruptedException {
        Files.writeString(folder.resolve("ledger"), what + " " + call.idempotencyKey() + "\n",
                StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        while (Files.exists(folder.resolve("hold-" + what))) {
            Thread.sleep(10);
        }
        return "{}";
    }
}
