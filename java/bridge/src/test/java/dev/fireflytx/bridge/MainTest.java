package dev.fireflytx.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The child process, as a process. */
class MainTest {
    private static final long PATIENCE_S = 20;
    private static final long LIMIT_MS = 2_000;
    private static final Duration LIMIT = Duration.ofMillis(LIMIT_MS);
    private static final String READY = "FIREFLYTX-READY ";
    private static final String HELLO = "{\"protocol\":1,\"session\":\"s1\"}";

    /** A shell that starts the program between two named pipes; another process of its own holds the first one open. */
    private static final String SHELL_PARENT = "cd \"$0\" && mkfifo in out; (echo token; exec sleep 60) > in & echo $!; "
            + "\"$@\" --parent-pid $$ < in > out & wait";

    private final List<ProcessHandle> started = new ArrayList<>();

    @AfterEach
    void endWhatIsLeft() {
        started.forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void it_says_one_line_when_it_is_ready_and_serves_at_the_port_named_there() throws IOException {
        Process child = startedWithToken();

        JsonObject ready = ready(child.inputReader());

        assertEquals(child.pid(), ready.number("pid"));
        try (WireClient client = WireClient.authenticated((int) ready.number("port"))) {
            assertTrue(client.call("hello", HELLO).startsWith("{\"protocol\":1,"));
        }
    }

    @Test
    void it_ends_when_its_standard_input_ends() throws IOException, InterruptedException {
        Process child = startedWithToken();
        ready(child.inputReader());

        child.getOutputStream().close();

        assertTrue(child.waitFor(LIMIT_MS, TimeUnit.MILLISECONDS), "it did not end in time");
        assertEquals(0, child.exitValue());
    }

    @Test
    void an_open_call_does_not_keep_it_alive() throws IOException, InterruptedException {
        Process child = startedWithToken();
        int port = (int) ready(child.inputReader()).number("port");
        try (WireClient client = WireClient.authenticated(port)) {
            client.call("hello", HELLO);
            client.write("c\nt\nreceive\ns{\"session\":\"s1\",\"batch\":1}\ne\n");

            child.getOutputStream().close();

            assertTrue(child.waitFor(LIMIT_MS, TimeUnit.MILLISECONDS), "it did not end in time");
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void it_ends_with_its_parent_even_if_another_process_holds_its_standard_input_open(@TempDir Path folder)
            throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", SHELL_PARENT, folder.toString()));
        command.addAll(program());
        Process parent = start(command);
        ProcessHandle holder = ProcessHandle.of(Long.parseLong(parent.inputReader().readLine())).orElseThrow();
        started.add(holder);
        try (BufferedReader output = Files.newBufferedReader(folder.resolve("out"))) {
            started.add(ProcessHandle.of(ready(output).number("pid")).orElseThrow());

            parent.destroyForcibly();

            assertTimeoutPreemptively(LIMIT, () -> assertNull(output.readLine()), "its output did not end in time");
            assertTrue(holder.isAlive(), "its standard input was held open all the time");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--parent-pid", "--parent-pid x", "--parent-pid -1", "--port 1", "--parent-pid 1 2", "--parent-pid 1 --journal 2"})
    void bad_arguments_are_answered_with_the_usage(String arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(program());
        command.addAll(List.of(arguments.split(" ")));
        Process child = start(command);

        assertTrue(child.waitFor(PATIENCE_S, TimeUnit.SECONDS));
        assertEquals(2, child.exitValue());
        assertEquals("usage: --parent-pid N [--journal]", child.errorReader().readLine());
    }

    @Test
    void without_a_token_it_says_who_starts_it() throws IOException, InterruptedException {
        Process child = startedByThis();
        child.getOutputStream().close();

        assertTrue(child.waitFor(PATIENCE_S, TimeUnit.SECONDS));
        assertEquals(2, child.exitValue());
        assertTrue(child.errorReader().readLine().contains("fireflytx Python package"));
    }

    private Process startedWithToken() throws IOException {
        Process child = startedByThis();
        OutputStream input = child.getOutputStream();
        input.write((WireClient.TOKEN + "\n").getBytes(StandardCharsets.UTF_8));
        input.flush();
        return child;
    }

    private Process startedByThis() throws IOException {
        List<String> command = new ArrayList<>(program());
        command.addAll(List.of("--parent-pid", "" + ProcessHandle.current().pid()));
        return start(command);
    }

    private Process start(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).start();
        started.add(process.toHandle());
        return process;
    }

    private static List<String> program() {
        return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "-cp", System.getProperty("java.class.path"), Main.class.getName());
    }

    private static JsonObject ready(BufferedReader output) throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith(READY)) {
                return JsonObject.split(line.substring(READY.length()));
            }
        }
        throw new AssertionError("it ended without a word");
    }
}
