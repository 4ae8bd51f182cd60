package dev.fireflytx.bridge;

import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonWriter;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.Stores;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Runs some sagas as Python would, over real connections and with a real journal, and ends. A JVM that is to write down what a start loads
 * needs a start to look at: the start cache (docs/adr/0013) is made from this one.
 *
 * <p>Arguments: the path of a journal to make.
 */
public final class Rehearsal {
    private static final long LIMIT_MS = 60_000;
    private static final int MOST_SAGAS = 10_000;
    private static final int AT_ONCE = 250;

    /** On a machine with little time to spare fewer sagas do. */
    private static final long ENOUGH_NS = TimeUnit.SECONDS.toNanos(15);
    private static final String TOKEN = "rehearsal";
    private static final String SESSION = "{\"session\":\"rehearsal\"";
    private static final String CREDITS = "\"credits\":{\"coroutine\":10000,\"thread\":32}";
    private static final String STEP = "\"kind\":\"coroutine\",\"takes_context\":true,\"retry\":1,\"timeout_ms\":30000,\"backoff_ms\":100";
    private static final String DEFINITION = "{\"name\":\"play\",\"steps\":["
            + "{\"id\":\"act-first\",\"depends_on\":[]," + STEP + ",\"compensation\":{" + STEP + "},\"events\":{\"topic\":\"acts\"}},"
            + "{\"id\":\"act-last\",\"depends_on\":[\"act-first\"]," + STEP + "}]}";
    private static final String SUCCEEDED = "\"succeeded\",\"result\":{\"seats\":3},\"writes\":{\"row\":1}}";
    private static final String FAILED = "\"failed\",\"writes\":{},"
            + "\"error\":{\"type\":\"ValueError\",\"message\":\"no applause\",\"traceback\":\"\",\"retryable\":false}}";

    private final PythonStandIn out;
    private final PythonStandIn in;
    private int sends;
    private int batches;

    private Rehearsal(int port) throws IOException {
        out = new PythonStandIn(port, TOKEN);
        in = new PythonStandIn(port, TOKEN);
    }

    /**
     * Rehearses, for a minute at most.
     *
     * @param arguments see above
     * @throws IOException if the engine does not do what it does with Python
     */
    public static void main(String[] arguments) throws IOException {
        endInTime();
        Main.prepareJournal();
        PipedOutputStream parent = new PipedOutputStream(); // never closed: the engine would halt, and the JVM write nothing down
        int port = Main.serve(TOKEN, new PipedInputStream(parent), ProcessHandle.current().parent().orElseThrow().pid());
        new Rehearsal(port).play(arguments[0]);
        System.exit(0);
    }

    private static void endInTime() {
        Thread limit = new Thread(() -> {
            try {
                Thread.sleep(LIMIT_MS);
            } catch (InterruptedException e) {
                // then now
            }
            Runtime.getRuntime().halt(1);
        }, "fireflytx-limit");
        limit.setDaemon(true);
        limit.start();
    }

    private void play(String journal) throws IOException {
        out.call("hello", new JsonWriter().number("protocol", EngineGateway.PROTOCOL).text("session", TOKEN).text("log_level", "INFO")
                .text("store", journal).build(), List.of());
        send(List.of("{\"type\":\"define\",\"definition\":" + DEFINITION + "}"));
        send(List.of("{\"type\":\"recover\"}"));
        run(0, 1);
        lookBack(Path.of(journal));
        long begunNs = System.nanoTime();
        for (int first = 1; first < MOST_SAGAS && System.nanoTime() - begunNs < ENOUGH_NS; first += AT_ONCE) {
            run(first, AT_ONCE);
        }
    }

    /** What a start does besides on a journal that a killed process has left: looks through the log, and reads what a saga has been through. */
    private void lookBack(Path journal) throws IOException {
        try (Store store = Stores.sqlite(journal)) {
            store.left(Set.of("play"), 0, store.newest(), 1);
        }
        send(List.of(new JsonWriter().text("type", "inspect").number("request", MOST_SAGAS + 1).text("correlation_id", "play-0")
                .number("newer_than", 0).build()));
    }

    /** Runs sagas side by side to their ends. */
    private void run(int first, int count) throws IOException {
        send(IntStream.range(first, first + count).mapToObj(Rehearsal::start).toList());
        for (int ended = 0; ended < count; ) {
            List<JsonObject> items = in.call("receive", SESSION + ",\"batch\":" + ++batches + "," + CREDITS + "}", List.of());
            List<String> outcomes = new ArrayList<>();
            for (JsonObject item : items) {
                switch (item.string("type")) {
                    case "task" -> outcomes.add(outcome(item));
                    case "finished" -> ended++;
                    default -> { }
                }
            }
            send(outcomes);
        }
    }

    private void send(List<String> items) throws IOException {
        if (!items.isEmpty()) {
            out.call("send", SESSION + ",\"seq\":" + ++sends + "}", items);
        }
    }

    private static String start(int number) {
        return new JsonWriter().text("type", "start").number("request", number + 1).text("saga", "play")
                .text("correlation_id", "play-" + number).raw("input", "{\"house\":" + number + "}").flag("new_id", true).flag("watch", true).build();
    }

    /** Every third saga fails at its last step, and is undone. */
    private static String outcome(JsonObject task) {
        boolean fails = AttemptNames.read(task.raw("attempt")).step().equals("act-last")
                && JsonObject.split(task.object("data")).number("house") % 3 == 2;
        return "{\"type\":\"outcome\",\"attempt\":" + task.raw("attempt") + ",\"outcome\":" + (fails ? FAILED : SUCCEEDED);
    }
}
