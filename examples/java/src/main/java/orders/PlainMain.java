package orders;

import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.SagaResult;
import dev.fireflytx.engine.StartOptions;
import dev.fireflytx.engine.Stores;
import dev.fireflytx.engine.saga.ExecutableSaga;
import dev.fireflytx.engine.saga.Sagas;
import java.nio.file.Path;
import java.util.Map;

/**
 * A saga that survives its process, without any library besides the engine: kill the program while it sleeps, start it again, and it goes on.
 * The step that was done is not done again.
 */
public final class PlainMain {
    private PlainMain() {}

    private static ExecutableSaga trip(long flightMs) {
        return Sagas.named("trip")
                .step("hotel", Map.class, (trip, context) -> {
                    System.out.println("booking a hotel in " + trip.get("city"));
                    return Map.of("hotel", "HTL-1");
                })
                .compensate(Map.class, (booked, context) -> System.out.println("cancelling " + booked.get("hotel")))
                .step("flight", Map.class, (trip, context) -> {
                    System.out.println("booking a flight, attempt " + context.attempt());
                    Thread.sleep(flightMs);
                    return Map.of("flight", "FLT-1");
                })
                .dependsOn("hotel")
                .build();
    }

    /**
     * Runs it.
     *
     * @param arguments the journal's file; how long a flight takes to book, in milliseconds
     */
    public static void main(String[] arguments) {
        Path journal = Path.of(arguments.length > 0 ? arguments[0] : "trips.db");
        long flightMs = arguments.length > 1 ? Long.parseLong(arguments[1]) : 10_000;
        try (SagaEngine engine = SagaEngine.builder().store(Stores.sqlite(journal)).build()) {
            engine.register(trip(flightMs)); // what an earlier process has left goes on from here
            SagaResult result = engine.execute("trip", Map.of("city", "Oslo"), StartOptions.id("trip-1")).join();
            System.out.println(result.status() + ": " + result.step("flight").result(String.class));
        }
    }
}
