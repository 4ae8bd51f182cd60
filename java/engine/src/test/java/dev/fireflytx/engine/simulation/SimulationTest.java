package dev.fireflytx.engine.simulation;

import dev.fireflytx.engine.SagaStatus;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The promises hold in worlds where everything goes wrong.
 *
 * <p>{@code gradle :engine:simulate -Pruns=1000000} runs more, {@code -Pruns=1 -Pseed=7} one run again; a failure names
 * its seed and tells its story.
 */
class SimulationTest {
    private static final int RUNS = 10_000;

    @Test
    void the_promises_hold_in_random_worlds() {
        long seed = Long.getLong("simulate.seed", System.nanoTime());
        int runs = Integer.getInteger("simulate.runs", RUNS);
        System.out.println("Simulation: " + runs + " runs from seed " + seed);
        LongStream seeds = runs == 1 ? LongStream.of(seed) : new Random(seed).longs(runs);
        Map<SagaStatus, Long> ends = seeds.parallel().boxed().flatMap(each -> Simulation.run(each).stream())
                .collect(Collectors.groupingByConcurrent(Function.identity(), Collectors.counting()));
        System.out.println("Simulation: " + ends);
    }

    @TestFactory
    Stream<DynamicTest> seeds_that_once_failed_do_so_no_more() throws IOException {
        return seedsThatOnceFailed().map(seed -> DynamicTest.dynamicTest("seed " + seed, () -> Simulation.run(seed)));
    }

    private static Stream<Long> seedsThatOnceFailed() throws IOException {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(SimulationTest.class.getResourceAsStream("/simulation/seeds.txt")), StandardCharsets.UTF_8))) {
            return lines.lines().map(line -> line.replaceFirst("#.*", "").strip()).filter(line -> !line.isEmpty())
                    .map(Long::valueOf).toList().stream();
        }
    }
}
