import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.SagaResult;
import dev.fireflytx.engine.StartRequest;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.Stores;
import dev.fireflytx.engine.saga.ExecutableSaga;
import dev.fireflytx.engine.saga.Sagas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * How many sagas the engine runs in a second inside a JVM, in memory and on SQLite, and how much memory one takes that is running.
 *
 * <p>{@code java -cp 'python/fireflytx/_java/*' bench/java/Throughput.java [SECONDS [SAGAS]]}: each measurement takes SECONDS (5), after as long to
 * warm up; memory is measured over SAGAS (20 000). A saga has four steps, one after the other, that do nothing.
 */
final class Throughput {
    private static final int[] AT_ONCE = {1, 32, 256};
    private static final String INPUT = "{\"order\": 17, \"items\": [{\"id\": \"A-1\", \"quantity\": 2}]}";
    private static final ExecutableSaga CHAIN = Sagas.named("chain")
            .step("reserve", String.class, (input, context) -> null)
            .step("charge", String.class, (input, context) -> null).dependsOn("reserve")
            .step("ship", String.class, (input, context) -> null).dependsOn("charge")
            .step("mail", String.class, (input, context) -> null).dependsOn("ship")
            .build();
    private static final ExecutableSaga WAITING = Sagas.named("chain")
            .step("reserve", String.class, (input, context) -> null).timeout(Duration.ofHours(1)).build();

    private final AtomicLong ids = new AtomicLong();

    public static void main(String[] arguments) throws Exception {
        double seconds = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 5;
        int sagas = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 20_000;
        Path folder = Files.createTempDirectory("fireflytx-bench-");
        try {
            System.out.println("store    at once   sagas/s    p50 ms    p99 ms");
            new Throughput().speed("memory", Stores::memory, seconds);
            new Throughput().speed("sqlite", () -> Stores.sqlite(folder.resolve("speed.db")), seconds);
            System.out.println("store   running   bytes of heap each");
            new Throughput().memory("memory", Stores::memory, sagas);
            new Throughput().memory("sqlite", () -> Stores.sqlite(folder.resolve("memory.db")), sagas);
        } finally {
            delete(folder);
        }
    }

    private void speed(String name, Supplier<Store> store, double seconds) throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        try (SagaEngine engine = engine(CHAIN, store.get(), threads)) {
            for (int atOnce : AT_ONCE) {
                drive(engine, atOnce, seconds);
                long begunNs = System.nanoTime();
                List<Long> latenciesNs = drive(engine, atOnce, seconds);
                double tookS = (System.nanoTime() - begunNs) / 1e9;
                System.out.printf("%-8s %7d %9.0f %9.2f %9.2f%n", name, atOnce, latenciesNs.size() / tookS,
                        percentileMs(latenciesNs, 50), percentileMs(latenciesNs, 99));
            }
        } finally {
            threads.shutdown();
        }
    }

    /** Keeps so many sagas running until the time is over; gives the time that each took, the shortest first. */
    private List<Long> drive(SagaEngine engine, int atOnce, double seconds) throws InterruptedException {
        ConcurrentLinkedQueue<Long> latenciesNs = new ConcurrentLinkedQueue<>();
        AtomicReference<Throwable> failed = new AtomicReference<>();
        Semaphore places = new Semaphore(atOnce);
        long endNs = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < endNs) {
            places.acquire();
            long begunNs = System.nanoTime();
            engine.execute(next()).thenAccept(Throughput::requireSuccess).whenComplete((done, failure) -> {
                latenciesNs.add(System.nanoTime() - begunNs);
                failed.compareAndSet(null, failure);
                places.release();
            });
        }
        places.acquire(atOnce);
        if (failed.get() != null) {
            throw new IllegalStateException("nothing was measured: a saga failed", failed.get());
        }
        return latenciesNs.stream().sorted().toList();
    }

    /** The first step of each saga has been handed out and does not end. */
    private void memory(String name, Supplier<Store> store, int sagas) {
        List<Runnable> held = new ArrayList<>(sagas);
        try (SagaEngine engine = engine(WAITING, store.get(), held::add)) {
            long beforeBytes = usedBytes();
            Stream.generate(() -> engine.start(next())).limit(sagas).toList().forEach(CompletableFuture::join);
            System.out.printf("%-7s %7d %10d%n", name, sagas, (usedBytes() - beforeBytes) / sagas);
        }
    }

    private StartRequest next() {
        return new StartRequest("chain", "saga-" + ids.incrementAndGet(), INPUT);
    }

    private static SagaEngine engine(ExecutableSaga saga, Store store, Executor threads) {
        SagaEngine engine = SagaEngine.builder().store(store).threads(threads, Integer.MAX_VALUE).build();
        engine.register(saga);
        return engine;
    }

    private static void requireSuccess(SagaResult result) {
        if (!result.isSuccess()) {
            throw new IllegalStateException("a saga ended " + result.status() + ": " + result.error());
        }
    }

    private static double percentileMs(List<Long> sortedNs, int percent) {
        return sortedNs.get(Math.min(sortedNs.size() - 1, sortedNs.size() * percent / 100)) / 1e6;
    }

    private static long usedBytes() {
        Runtime.getRuntime().gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
