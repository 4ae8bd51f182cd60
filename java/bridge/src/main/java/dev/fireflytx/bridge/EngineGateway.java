package dev.fireflytx.bridge;

import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonWriter;
import dev.fireflytx.engine.AttemptId;
import dev.fireflytx.engine.JournalOptions;
import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.SagaEngineBuilder;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreException;
import dev.fireflytx.engine.Stores;
import dev.fireflytx.engine.saga.StepLibrary;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The entry point: {@code hello}, {@code send}, {@code receive} (PROTOCOL.md). Each takes one text and returns one text; no exception
 * leaves it.
 */
public final class EngineGateway {
    private static final String LOGGER = "dev.fireflytx.bridge";
    static final int PROTOCOL = 1;
    private static final long LONGEST_WAIT_MS = 20_000;

    private final Outbox outbox;
    private final PythonExecutor executor;
    private final PythonListener listener;
    private final Object sending = new Object();
    private SagaEngine engine;
    private Inbox inbox;
    private String session = "";
    private long seq;
    private Map<AttemptId, Long> running = Map.of();

    /** An entry point without a session; the parameter is told when the engine has failed. */
    EngineGateway(Consumer<Throwable> broken) {
        this(LONGEST_WAIT_MS, broken);
    }

    /** The first parameter is how long a call of {@code receive} waits at most. */
    EngineGateway(long longestWaitMs, Consumer<Throwable> broken) {
        outbox = new Outbox(longestWaitMs);
        executor = new PythonExecutor(outbox);
        listener = new PythonListener(outbox, broken);
    }

    PythonListener listener() {
        return listener;
    }

    /**
     * Begins a session and ends the one before it.
     *
     * @param text header and items
     * @return the answer's text
     */
    public String hello(String text) {
        return answering(() -> greet(text));
    }

    /**
     * Takes a batch.
     *
     * @param text header and items
     * @return the answer's text
     */
    public String send(String text) {
        return answering(() -> taken(text));
    }

    /**
     * Gives a batch, now or as soon as there is something to say.
     *
     * @param text the header
     * @return the answer's text
     */
    public String receive(String text) {
        return answering(() -> {
            JsonObject header = header(Texts.split(text).get(0));
            grant(header);
            return outbox.receive(header.string("session"), header.number("batch"));
        });
    }

    private interface Call {
        String answer() throws InterruptedException;
    }

    private String answering(Call call) {
        try {
            return call.answer();
        } catch (CallError e) {
            return e.toAnswer();
        } catch (JsonException e) {
            return new CallError("malformed", e.getMessage()).toAnswer();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new CallError("closing", "The engine is shutting down.").toAnswer();
        } catch (RuntimeException e) {
            listener.log(LOGGER, Level.ERROR, "A call failed: " + StackTraces.of(e));
            return new CallError("internal", "The engine failed: " + e).toAnswer();
        }
    }

    private String greet(String text) {
        List<String> parts = Texts.split(text);
        JsonObject header = header(parts.get(0));
        long protocol = header.number("protocol");
        CallError.unless(protocol == PROTOCOL, "wrong-version", "The engine speaks protocol " + PROTOCOL
                + ", the SDK (" + header.string("sdk", "unknown") + ") speaks " + protocol
                + ". Install the jars and the Python package of one release.");
        synchronized (sending) {
            begin(header, runningAttempts(parts.subList(1, parts.size())));
        }
        return new JsonWriter()
                .number("protocol", PROTOCOL).text("session", session).text("engine", Versions.engine())
                .text("java", System.getProperty("java.version")).text("store", engine.storeDescription())
                .number("owner", engine.owner()).number("fence", engine.fence())
                .number("unfinished", engine.unfinishedCount())
                .number("monotonic_ms", TimeUnit.NANOSECONDS.toMillis(System.nanoTime())).build();
    }

    private Map<AttemptId, Long> runningAttempts(List<String> items) {
        Map<AttemptId, Long> attempts = new HashMap<>();
        for (String text : items) {
            try {
                JsonObject item = JsonObject.split(text);
                attempts.put(AttemptNames.read(item.raw("attempt")), item.number("elapsed_ms", 0));
            } catch (JsonException e) {
                listener.log(LOGGER, Level.ERROR, "An attempt that Python runs could not be read: " + e.getMessage());
            }
        }
        return attempts;
    }

    private void begin(JsonObject header, Map<AttemptId, Long> adopted) {
        String id = header.string("session");
        CallError.unless(!id.isEmpty(), "malformed", "The session's id is empty.");
        listener.setLevel(header.string("log_level", "INFO"));
        listener.setTracing(header.flag("tracing", false));
        if (engine == null) {
            SagaEngineBuilder options = SagaEngine.builder();
            if (header.flag("publishes", false)) {
                options.publisher(new PythonPublisher(outbox));
            }
            engine = options.store(store(header))
                    .executor(executor)
                    .steps(StepLibrary.onClassPath())
                    .listener(listener)
                    .callbacks(Runnable::run)
                    .settleMs(header.number("settle_ms", 30_000))
                    .valueLimitBytes(header.number("value_limit_bytes", 2L << 20))
                    .build();
            inbox = new Inbox(engine, executor, listener, outbox);
            outbox.tellFreshness(engine::provedMs);
        }
        engine.pause().join(); // a task that came later than this would be in the new session, and counted as lost by it
        executor.beginSession();
        session = id;
        seq = 0;
        running = adopted;
        outbox.begin(id);
        grant(header);
    }

    private static Store store(JsonObject header) {
        String where = header.string("store", "memory");
        try {
            if (where.equals("memory")) {
                return Stores.memory();
            }
            return header.flag("observer", false) ? Stores.observe(Path.of(where)) : Stores.sqlite(Path.of(where), journalOptions(header));
        } catch (StoreException e) {
            throw new CallError("store", e.getMessage());
        }
    }

    private static JournalOptions journalOptions(JsonObject header) {
        JournalOptions standard = JournalOptions.standard();
        try {
            return standard.replacing(header.number("replaces", standard.replaced()))
                    .keepingForMs(header.number("retention_ms", standard.retentionMs()));
        } catch (IllegalArgumentException e) {
            throw new CallError("malformed", e.getMessage());
        }
    }

    private String taken(String text) {
        List<String> parts = Texts.split(text);
        JsonObject header = header(parts.get(0));
        synchronized (sending) {
            CallError.unless(!session.isEmpty(), "no-session", "Say hello first.");
            CallError.unless(session.equals(header.string("session")), "no-session",
                    "This session has ended; say hello first.");
            long number = header.number("seq");
            CallError.unless(number == seq + 1 || number == seq && seq > 0, "out-of-order",
                    "Expected " + (seq + 1) + " or " + seq + " again, got " + number + ".");
            if (number == seq + 1) {
                seq = number;
                takeItems(parts.subList(1, parts.size()), number);
            }
            return new JsonWriter().number("received", number).build();
        }
    }

    private void takeItems(List<String> items, long number) {
        for (String item : items) {
            inbox.take(item, running);
        }
        String ofSession = session;
        engine.whenDurable(() -> outbox.durable(ofSession, number));
        outbox.flush(); // what was refused at once came from no turn
    }

    private void grant(JsonObject header) {
        synchronized (sending) {
            if (header.has("credits") && session.equals(header.string("session"))) {
                JsonObject credits = JsonObject.split(header.object("credits"));
                executor.grant(places(credits, "coroutine"), places(credits, "thread"));
            }
        }
    }

    private static int places(JsonObject credits, String kind) {
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, credits.number(kind)));
    }

    private static JsonObject header(String text) {
        try {
            return JsonObject.split(text);
        } catch (JsonException e) {
            throw new CallError("malformed", "A text must begin with a header, a JSON object: " + e.getMessage() + ".");
        }
    }
}
