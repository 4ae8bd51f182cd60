package dev.fireflytx.jackson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs in {@code examples/java}, run as a person runs them. */
class ExamplesTest {
    private static final long PATIENCE_S = 60;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"FluentOrder", "AnnotatedOrder"})
    void the_order_runs_to_success_and_to_compensation(String example) throws Exception {
        assertEquals(List.of(
                "   confirmed ORD-1",
                "Charged: 29.90",
                "   released RES-lamp-2",
                "Failed at charge: Payment declined; undone: [reserve]"), run(example));
    }

    @Test
    void the_trip_survives_its_process() throws Exception {
        String journal = folder.resolve("trips.db").toString();
        Process killed = start("PlainMain", journal, "600000");
        try (BufferedReader out = killed.inputReader()) {
            assertEquals("booking a hotel in Oslo", out.readLine());
            assertEquals("booking a flight, attempt 1", out.readLine());
        } finally {
            killed.destroyForcibly().waitFor();
        }

        assertEquals(List.of("booking a flight, attempt 2", "COMPLETED: {\"flight\":\"FLT-1\"}"), run("PlainMain", journal, "0"));
    }

    private static List<String> run(String example, String... arguments) throws Exception {
        Process process = start(example, arguments);
        List<String> lines;
        try (BufferedReader out = process.inputReader()) {
            lines = out.lines().toList();
        }
        assertTrue(process.waitFor(PATIENCE_S, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue());
        return lines;
    }

    private static Process start(String example, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp", System.getProperty("java.class.path"), "orders." + example));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }
}
