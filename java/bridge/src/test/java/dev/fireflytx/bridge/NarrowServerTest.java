package dev.fireflytx.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real server on the loopback address. Whatever it is told, it answers in a sentence and serves the next connection. */
class NarrowServerTest {
    private static final int FRAME_LIMIT_BYTES = 8 << 20;
    private static final long SETTLE_MS = 20;
    private static final String HELLO = "{\"protocol\":1,\"session\":\"s1\"}";
    private static final String ERROR = "!x";
    private static final String LAST_ERROR = "!z";

    private final Logger log = Logger.getLogger("dev.fireflytx.bridge");
    private final NarrowServer server =
            new NarrowServer(new EngineGateway(SETTLE_MS, failure -> { }), WireClient.TOKEN, new LimitedSockets(FRAME_LIMIT_BYTES));

    @BeforeEach
    void start() {
        log.setLevel(Level.OFF);
        server.start();
    }

    @AfterEach
    void stop() throws IOException {
        try (WireClient next = WireClient.authenticated(port())) {
            assertTrue(next.call("hello", HELLO).startsWith("{\"protocol\":1,"), "the server serves the next connection");
        }
        server.shutdown();
        log.setLevel(null);
    }

    @Test
    void a_wrong_token_is_refused_and_its_connection_closed() throws IOException {
        try (WireClient client = new WireClient(port())) {
            client.write("A\nanother-token\n");

            assertRefusedAndClosed(ERROR, "bad auth token", client);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"c\nt\nhello\ns{}\ne\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\u0000\u0001\ufffd\n", "\n"})
    void without_a_token_nothing_is_served(String text) throws IOException {
        try (WireClient client = new WireClient(port())) {
            client.write(text);

            assertRefusedAndClosed(ERROR, "Authentication error", client);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "i\njava.lang.String\ne\n", "r\nu\njava.lang.System\nrj\ne\n", "f\ng\nt\nx\ne\n", "m\nd\no0\ne\n",
        "j\nc\nx\ne\n", "l\na\no0\ne\n", "s\n", "p\nt\n", "garbage\n"})
    void every_other_py4j_command_is_refused_and_its_connection_closed(String command) throws IOException {
        try (WireClient client = WireClient.authenticated(port())) {
            client.write(command);

            assertRefusedAndClosed(LAST_ERROR, "hello, send, receive", client);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "c\nt\nshutdown\ns{}\ne\n", "c\nt\ngetClass\ne\n", "c\no0\nhello\ns{}\ne\n",
        "c\nt\nhello\ne\n", "c\nt\nhello\ns{}\ns{}\ne\n", "c\nt\nhello\ni5\ne\n"})
    void an_unknown_method_object_or_argument_is_refused_and_the_connection_goes_on(String call) throws IOException {
        try (WireClient client = WireClient.authenticated(port())) {
            client.write(call);

            String answer = client.answer();
            assertTrue(answer.startsWith(ERROR) && answer.contains("hello, send, receive"), answer);
            assertTrue(client.call("hello", HELLO).startsWith("{\"protocol\":1,"));
        }
    }

    @Test
    void half_a_call_has_no_effect_and_is_refused() throws IOException {
        try (WireClient client = WireClient.authenticated(port())) {
            client.call("hello", HELLO);
            client.write("c\nt\nsend\ns{\"session\":\"s1\",\"seq\":1}");
            client.endOutput();

            assertRefusedAndClosed(LAST_ERROR, "ended within a call", client);
        }
        try (WireClient client = WireClient.authenticated(port())) {
            assertEquals("{\"received\":1}", client.call("send", "{\"session\":\"s1\",\"seq\":1}"));
        }
    }

    @Test
    void a_connection_that_ends_between_calls_ends_quietly() throws IOException {
        try (WireClient client = WireClient.authenticated(port())) {
            client.endOutput();

            assertNull(client.answer());
        }
    }

    @Test
    void a_message_of_ten_megabytes_is_refused_with_the_limit_and_its_connection_closed() throws IOException {
        try (WireClient client = WireClient.authenticated(port())) {
            client.write("c\nt\nsend\ns" + "x".repeat(10_000_000) + "\ne\n");

            assertRefusedAndClosed(LAST_ERROR, "8388608 bytes", client);
        }
    }

    @Test
    void a_message_below_the_limit_is_read_whole() throws IOException {
        try (WireClient client = WireClient.authenticated(port())) {
            client.call("hello", HELLO);

            assertEquals("{\"received\":1}",
                    client.call("send", "{\"session\":\"s1\",\"seq\":1,\"padding\":\"" + "x".repeat(8_000_000) + "\"}"));
        }
    }

    @Test
    void characters_beyond_ascii_and_escapes_come_through() throws IOException {
        try (WireClient client = WireClient.authenticated(port())) {
            String answer = client.call("hello", "{\"protocol\":1,\"session\":\"ä🚀\\n\\\\\"}");

            assertTrue(answer.contains("\"session\":\"ä🚀\\n\\\\\""), answer);
        }
    }

    /** The session's id is long, so that the answer, which repeats it, is as long as the call. */
    @Test
    void a_call_of_sixteen_kilobytes_is_not_held_up_by_delayed_acknowledgements() throws IOException {
        long[] tookUs = new long[20];
        String text = "{\"protocol\":1,\"session\":\"" + "x".repeat(16_000) + "\"}";
        try (WireClient client = WireClient.authenticated(port())) {
            for (int i = 0; i < tookUs.length; i++) {
                long startNs = System.nanoTime();
                client.call("hello", text);
                tookUs[i] = (System.nanoTime() - startNs) / 1_000;
            }
        }

        Arrays.sort(tookUs);
        assertTrue(tookUs[tookUs.length / 2] < 20_000, "median " + tookUs[tookUs.length / 2] + " µs");
    }

    private int port() {
        return server.getListeningPort();
    }

    private static void assertRefusedAndClosed(String kind, String message, WireClient client) throws IOException {
        String answer = client.answer();
        assertTrue(answer != null && answer.startsWith(kind) && answer.contains(message), answer);
        assertNull(client.answer());
    }
}
