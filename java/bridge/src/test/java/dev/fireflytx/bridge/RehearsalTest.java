package dev.fireflytx.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a start cache is made from, and its seal, as processes. */
class RehearsalTest {
    private static final long PATIENCE_S = 60;

    @TempDir
    Path folder;

    @Test
    void it_runs_sagas_on_a_journal_and_ends_well() throws IOException, InterruptedException {
        Path journal = folder.resolve("journal.db");

        assertEquals("", output(Rehearsal.class, journal));

        assertTrue(Files.exists(journal));
    }

    @Test
    void the_seal_has_size_and_checksum() throws IOException, InterruptedException {
        Path cache = Files.writeString(folder.resolve("cache"), "123456789");

        // The check value of CRC-32 is 0xcbf43926.
        assertEquals("{\"size_bytes\":9,\"crc32\":3421780262}\n", output(Seal.class, cache));
    }

    private static String output(Class<?> program, Path argument) throws IOException, InterruptedException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = List.of(java, "-cp", System.getProperty("java.class.path"), program.getName(), argument.toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (Stream<String> lines = process.inputReader().lines()) {
            String output = String.join("", lines.map(line -> line + "\n").toList());
            assertTrue(process.waitFor(PATIENCE_S, TimeUnit.SECONDS));
            assertEquals(0, process.exitValue(), output);
            return output;
        } finally {
            process.destroyForcibly();
        }
    }
}
