package dev.fireflytx.bridge;

import dev.fireflytx.core.definition.DefinitionJson;
import dev.fireflytx.core.definition.InvalidDefinitionException;
import dev.fireflytx.core.definition.PrintableText;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonScanner;
import dev.fireflytx.core.machine.Resolution;
import dev.fireflytx.engine.AttemptId;
import dev.fireflytx.engine.Outcome;
import dev.fireflytx.engine.OutcomeUnknownException;
import dev.fireflytx.engine.RefusedException;
import dev.fireflytx.engine.ResolveRequest;
import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.SagaError;
import dev.fireflytx.engine.SagaQuery;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.StartRequest;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.Transfers;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/** Does what Python's items ask for (PROTOCOL.md, "Items of send"). An item that can't be read fails alone. */
final class Inbox {
    private static final int MOST_PER_PAGE = 1_000;

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
            case "need-input" -> executor.needInput(AttemptNames.read(item.raw("attempt")));
            case "define" -> define(item.object("definition"));
            case "watch" -> answer(item, engine.result(item.string("correlation_id")),
                    result -> Items.finished(item.number("request"), result));
            case "get" -> answer(item, engine.get(item.string("correlation_id")),
                    info -> Items.found(item.number("request"), info));
            case "cancel" -> answer(item, engine.cancel(item.string("correlation_id"), readReason(item)),
                    accepted -> Items.cancelAnswer(item.number("request"), accepted));
            case "resolve" -> answer(item, engine.resolve(readResolve(item)),
                    info -> Items.found(item.number("request"), info));
            case "list" -> list(item);
            case "history" -> answer(item, engine.history(item.string("correlation_id")),
                    saga -> Items.facts(item.number("request"), without(FactItems.of(saga), item.number("after", 0))));
            case "inspect" -> answer(item, engine.inspect(item.string("correlation_id"), item.number("newer_than", 0)),
                    saga -> InspectionItems.inspected(item.number("request"), saga));
            case "count" -> answer(item, engine.count(), counts -> InspectionItems.counted(item.number("request"), counts));
            case "verify" -> answer(item, engine.verify(),
                    report -> Items.verified(item.number("request"), report));
            case "stats" -> answer(item, engine.stats(),
                    stats -> TelemetryItems.stats(item.number("request"), ProcessHandle.current().pid(), stats));
            case "export" -> answer(item, engine.transfers().exportTo(Path.of(item.string("path")), readIds(item)),
                    report -> Items.transferred(item.number("request"), report));
            case "import" -> answer(item, engine.transfers().importFrom(Path.of(item.string("path")), readUnfinished(item)),
                    report -> Items.transferred(item.number("request"), report));
            case "recover" -> engine.adopt(running);
            case "published" -> published(item);
            case "wait-published" -> answer(item, engine.allPublished(),
                    nothing -> Items.allPublished(item.number("request")));
            case "prove" -> engine.prove();
            case "pong" -> executor.pong(item.number("ping"));
            case "log-level" -> listener.setLevel(item.string("level"));
            case "stop" -> answer(item, engine.drain(), nothing -> Items.stopped(item.number("request")));
            default -> throw new JsonException("unknown item type '" + type + "'");
        }
    }

    /** What an earlier process has handed out has positions that mean nothing here. */
    private void published(JsonObject item) {
        if (item.number("fence") == engine.fence()) {
            engine.published(item.number("up_to"));
        }
    }

    private void define(String text) {
        String name = JsonObject.split(text).string("name");
        try {
            SagaDefinition definition = DefinitionJson.read(text);
            engine.register(definition);
        } catch (InvalidDefinitionException | JsonException e) {
            outbox.add(Items.refusedDefinition(name, e.getMessage()));
        }
    }

    private void start(JsonObject item) {
        StartRequest request = readStart(item);
        if (item.has("kept")) {
            executor.keepInput(request.correlationId(), item.number("kept"), request.input());
        }
        if (item.flag("watch", false)) {
            answer(item, engine.execute(request), result -> Items.finished(item.number("request"), result));
        } else {
            answer(item, engine.start(request), started -> "");
        }
    }

    /** One more than a page holds is asked for: it tells whether there is another page. */
    private void list(JsonObject item) {
        SagaQuery query = readQuery(item);
        answer(item, engine.list(query), sagas -> {
            boolean more = sagas.size() == query.limit();
            List<Store.Header> page = more ? sagas.subList(0, sagas.size() - 1) : sagas;
            String cursor = more ? Long.toString(page.get(page.size() - 1).number()) : "";
            return Items.listed(item.number("request"), page, cursor);
        });
    }

    private static List<String> without(List<String> facts, long first) {
        return facts.subList((int) Math.max(0, Math.min(first, facts.size())), facts.size());
    }

    static SagaQuery readQuery(JsonObject item) {
        long limit = item.number("limit");
        if (limit < 1 || limit > MOST_PER_PAGE) {
            throw new JsonException("limit must be from 1 to " + MOST_PER_PAGE + ", got " + limit);
        }
        return new SagaQuery(
                item.has("status") ? Optional.of(status(item.string("status"))) : Optional.empty(),
                item.has("saga") ? Optional.of(item.string("saga")) : Optional.empty(),
                Instant.ofEpochMilli(item.number("since_ms", 0)), cursor(item.string("cursor", "0")), (int) limit + 1);
    }

    static Set<String> readIds(JsonObject item) {
        Set<String> ids = new LinkedHashSet<>();
        JsonObject.forEach(item.raw("correlation_ids", "[]"), id -> ids.add(new JsonScanner(id).string()));
        return ids;
    }

    static Transfers.Unfinished readUnfinished(JsonObject item) {
        String word = item.string("unfinished");
        try {
            return Transfers.Unfinished.valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
        } catch (IllegalArgumentException e) {
            throw new JsonException("unknown way '" + word + "' of dealing with unfinished sagas");
        }
    }

    private static SagaStatus status(String name) {
        try {
            return SagaStatus.valueOf(name);
        } catch (IllegalArgumentException e) {
            throw new JsonException("unknown status '" + name + "'");
        }
    }

    private static long cursor(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new JsonException("the cursor is not one that a page came with");
        }
    }

    static StartRequest readStart(JsonObject item) {
        return new StartRequest(item.string("saga"), item.string("correlation_id"), item.object("input"),
                item.number("timeout_ms", 0), item.has("trace") ? readTrace(item.object("trace")) : JsonObject.EMPTY,
                item.string("input_hash", ""), item.flag("new_id", false));
    }

    private static String readTrace(String headers) {
        JsonObject trace = JsonObject.split(headers);
        trace.members().keySet().forEach(trace::string); // what is kept is given to services as headers
        return headers;
    }

    static ResolveRequest readResolve(JsonObject item) {
        return new ResolveRequest(item.string("correlation_id"), item.string("step", ""),
                resolution(item.string("resolution")), item.raw("result", JsonObject.EMPTY),
                item.string("by"), item.string("reason", ""));
    }

    private static String readReason(JsonObject item) {
        String reason = item.string("reason", "");
        if (!PrintableText.isPrintable(reason)) {
            throw new JsonException("a reason must not hold control characters, such as line breaks");
        }
        return reason;
    }

    private static Resolution resolution(String word) {
        try {
            return Resolution.valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
        } catch (IllegalArgumentException e) {
            throw new JsonException("unknown resolution '" + word + "'");
        }
    }

    private <T> void answer(JsonObject item, CompletableFuture<T> asked, Function<T, String> say) {
        long number = item.number("request");
        asked.whenComplete((value, failure) -> {
            String line = failure == null ? said(number, say, value) : refusal(number, item, failure);
            if (!line.isEmpty()) {
                outbox.add(line); // at once: a query is answered from a thread that has no turn
            }
        });
    }

    /** Whoever asked is answered, even if what was found makes no sense. */
    private static <T> String said(long request, Function<T, String> say, T value) {
        try {
            return say.apply(value);
        } catch (RuntimeException e) {
            return Items.refused(request, "internal", "The engine can't tell what it found: " + e);
        }
    }

    private static String refusal(long request, JsonObject item, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (isLastWord(cause)) {
            return "";
        }
        if (!(cause instanceof RefusedException why)) {
            return Items.refused(request, "internal", "The engine failed: " + cause);
        }
        // A start brings its saga's name, and its definition can follow; whatever else is asked waits for its class.
        return why.code() == RefusedException.Code.UNKNOWN_SAGA && item.has("saga")
                ? Items.needDefinition(request, item.string("saga")) : Items.refused(request, why);
    }

    /** Here an engine closes by failing alone, and its process ends with it: whoever has no answer asks the next one. */
    private static boolean isLastWord(Throwable cause) {
        return cause instanceof OutcomeUnknownException
                || cause instanceof RefusedException why && why.code() == RefusedException.Code.CLOSING;
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
            case "missing" -> new Outcome.Missing(SagaError.of("HandlerGoneError", item.string("message")));
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
