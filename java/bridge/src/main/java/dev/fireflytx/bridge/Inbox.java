package dev.fireflytx.bridge;

import dev.fireflytx.core.definition.InvalidDefinitionException;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.engine.AttemptId;
import dev.fireflytx.engine.Outcome;
import dev.fireflytx.engine.RefusedException;
import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.SagaError;
import dev.fireflytx.engine.StartRequest;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/** Does what Python's items ask for (PROTOCOL.md, "Items of send"). An item that can't be read fails alone. */
final class Inbox {
    private final SagaEngine engine;
    private final PythonExecutor executor;
    private final PythonListener listener;
    private final Outbox outbox;

    Inbox(SagaEngine engine, PythonExecutor executor, PythonListener listener, Outbox outbox) {
        this.engine = engine;
        this.executor = executor;
        this.listener = listener;
        this.outbox = outbox;
    }

    /**
     * Takes one item.
     *
     * @param line its text
     * @param running the attempts that Python said run on, for {@code recover}
     */
    void take(String line, Map<AttemptId, Long> running) {
        JsonObject item = null;
        try {
            item = JsonObject.split(line);
            dispatch(item, running);
        } catch (JsonException | RefusedException e) {
            complain(item, e.getMessage());
        }
    }

    private void dispatch(JsonObject item, Map<AttemptId, Long> running) {
        String type = item.string("type");
        switch (type) {
            case "outcome" -> outcome(item);
            case "start" -> start(item);
            case "define" -> define(item.object("definition"));
            case "watch" -> answer(item, engine.result(item.string("correlation_id")),
                    result -> Items.finished(item.number("request"), result));
            case "get" -> answer(item, engine.get(item.string("correlation_id")),
                    info -> Items.found(item.number("request"), info));
            case "cancel" -> answer(item, engine.cancel(item.string("correlation_id"), item.string("reason", "")),
                    accepted -> Items.cancelAnswer(item.number("request"), accepted));
            case "recover" -> engine.adopt(running);
            case "pong" -> executor.pong(item.number("ping"));
            case "log-level" -> listener.setLevel(item.string("level"));
            case "stop" -> engine.pause();
            default -> throw new JsonException("unknown item type '" + type + "'");
        }
    }

    private void define(String text) {
        String name = JsonObject.split(text).string("name");
        try {
            SagaDefinition definition = DefinitionReader.read(text);
            engine.register(definition);
        } catch (InvalidDefinitionException | JsonException e) {
            outbox.add(Items.refusedDefinition(name, e.getMessage()));
        }
    }

    private void start(JsonObject item) {
        StartRequest request = readStart(item);
        if (item.flag("watch", false)) {
            answer(item, engine.execute(request), result -> Items.finished(item.number("request"), result));
        } else {
            answer(item, engine.start(request), started -> "");
        }
    }

    static StartRequest readStart(JsonObject item) {
        return new StartRequest(item.string("saga"), item.string("correlation_id"), item.object("input"),
                item.number("timeout_ms", 0));
    }

    private <T> void answer(JsonObject item, CompletableFuture<T> asked, Function<T, String> say) {
        long number = item.number("request");
        asked.whenComplete((value, failure) -> {
            String line = failure == null ? say.apply(value) : refusal(number, item, failure);
            if (!line.isEmpty()) {
                outbox.add(line);
            }
        });
    }

    private static String refusal(long request, JsonObject item, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (!(cause instanceof RefusedException why)) {
            return Items.refused(request, "internal", "The engine failed: " + cause);
        }
        return why.code() == RefusedException.Code.UNKNOWN_SAGA
                ? Items.needDefinition(request, item.string("saga")) : Items.refused(request, why);
    }

    /** One that can't be read fails its attempt: Python is done with it, and nothing more will come. */
    private void outcome(JsonObject item) {
        AttemptId attempt = AttemptNames.read(item.raw("attempt"));
        Outcome outcome;
        try {
            outcome = readOutcome(item);
        } catch (JsonException e) {
            String problem = "The outcome of step '" + attempt.step() + "' can't be read: " + e.getMessage();
            outcome = new Outcome.Failed(SagaError.of("ValueRefusedError", problem), false, JsonObject.EMPTY);
        }
        executor.outcome(attempt, outcome);
    }

    static Outcome readOutcome(JsonObject item) {
        String writes = item.raw("writes", JsonObject.EMPTY);
        String kind = item.string("outcome");
        return switch (kind) {
            case "succeeded" -> new Outcome.Succeeded(item.object("result"), writes);
            case "failed" -> failed(JsonObject.split(item.object("error")), writes);
            case "verdict" -> verdict(item);
            case "settled" -> new Outcome.Ended(writes);
            default -> throw new JsonException("unknown outcome '" + kind + "'");
        };
    }

    private static Outcome verdict(JsonObject item) {
        item.raw("verdict"); // a missing one is an error, and not a no
        return new Outcome.Verdict(item.flag("verdict", false));
    }

    private static Outcome failed(JsonObject error, String writes) {
        SagaError data = new SagaError(
                error.string("type"), error.string("message", ""), error.string("traceback", ""));
        return new Outcome.Failed(data, error.flag("retryable", true), writes);
    }

    private void complain(JsonObject item, String problem) {
        try {
            if (item != null && item.has("request")) {
                outbox.add(Items.refused(item.number("request"), "malformed", problem));
                return;
            }
        } catch (JsonException e) {
            // its request number can't be read either: the log is all that is left
        }
        listener.log("dev.fireflytx.bridge", Level.ERROR, "An item from Python was refused: " + problem);
    }
}
