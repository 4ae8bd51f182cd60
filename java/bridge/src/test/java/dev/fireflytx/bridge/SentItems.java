package dev.fireflytx.bridge;

import dev.fireflytx.core.definition.CompensationDefinition;
import dev.fireflytx.core.definition.DefinitionJson;
import dev.fireflytx.core.definition.EventContent;
import dev.fireflytx.core.definition.EventOptions;
import dev.fireflytx.core.definition.EventTarget;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.SagaEventOptions;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonStrings;
import dev.fireflytx.core.json.JsonWriter;
import dev.fireflytx.core.machine.Resolution;
import dev.fireflytx.engine.Outcome;
import dev.fireflytx.engine.ResolveRequest;
import dev.fireflytx.engine.SagaQuery;
import dev.fireflytx.engine.StartRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads Python's items as the bridge does, and writes again what was understood, as Python writes it. */
final class SentItems {
    private SentItems() {}

    static String rewritten(JsonObject item) {
        String type = item.string("type");
        JsonWriter out = new JsonWriter().text("type", type);
        switch (type) {
            case "define" -> out.raw("definition", definition(DefinitionJson.read(item.object("definition"))));
            case "start" -> start(out, item, Inbox.readStart(item));
            case "watch", "get" -> out.number("request", item.number("request")).text("correlation_id", item.string("correlation_id"));
            case "history" -> history(out.number("request", item.number("request")).text("correlation_id", item.string("correlation_id")), item);
            case "verify", "stop", "stats", "count", "wait-published" -> out.number("request", item.number("request"));
            case "export" -> {
                out.number("request", item.number("request")).text("path", item.string("path"));
                if (item.has("correlation_ids")) {
                    out.texts("correlation_ids", List.copyOf(Inbox.readIds(item)));
                }
            }
            case "import" -> out.number("request", item.number("request")).text("path", item.string("path"))
                    .text("unfinished", Inbox.readUnfinished(item).name().toLowerCase(Locale.ROOT).replace('_', '-'));
            case "inspect" -> {
                out.number("request", item.number("request")).text("correlation_id", item.string("correlation_id"));
                if (item.has("newer_than")) {
                    out.number("newer_than", item.number("newer_than"));
                }
            }
            case "list" -> query(out.number("request", item.number("request")), Inbox.readQuery(item));
            case "resolve" -> resolve(out.number("request", item.number("request")), Inbox.readResolve(item));
            case "cancel" -> out.number("request", item.number("request"))
                    .text("correlation_id", item.string("correlation_id")).text("reason", item.string("reason", ""));
            case "outcome" -> outcome(out.raw("attempt", AttemptNames.write(AttemptNames.read(item.raw("attempt")))),
                    Inbox.readOutcome(item));
            case "published" -> out.number("fence", item.number("fence")).number("up_to", item.number("up_to"));
            case "pong" -> out.number("ping", item.number("ping"));
            case "log-level" -> out.text("level", item.string("level"));
            case "running" -> out.raw("attempt", AttemptNames.write(AttemptNames.read(item.raw("attempt"))))
                    .number("elapsed_ms", item.number("elapsed_ms"));
            case "need-input" -> out.raw("attempt", AttemptNames.write(AttemptNames.read(item.raw("attempt"))));
            case "recover", "prove" -> { }
            default -> throw new AssertionError("no writer for items of type " + type);
        }
        return out.build();
    }

    private static void history(JsonWriter out, JsonObject item) {
        if (item.has("after")) {
            out.number("after", item.number("after"));
        }
    }

    /** The engine is asked for one saga more than a page holds. */
    private static void query(JsonWriter out, SagaQuery query) {
        query.status().ifPresent(status -> out.text("status", status.name()));
        query.saga().ifPresent(saga -> out.text("saga", saga));
        if (query.since().toEpochMilli() > 0) {
            out.number("since_ms", query.since().toEpochMilli());
        }
        if (query.before() > 0) {
            out.text("cursor", Long.toString(query.before()));
        }
        out.number("limit", query.limit() - 1);
    }

    private static void resolve(JsonWriter out, ResolveRequest request) {
        out.text("correlation_id", request.correlationId()).textIfAny("step", request.step())
                .text("resolution", request.resolution().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        if (request.resolution() == Resolution.COMPLETE_STEP) {
            out.raw("result", request.result());
        }
        out.text("by", request.by()).text("reason", request.reason());
    }

    private static void start(JsonWriter out, JsonObject item, StartRequest start) {
        out.number("request", item.number("request")).text("saga", start.saga())
                .text("correlation_id", start.correlationId()).raw("input", start.input()).textIfAny("input_hash", start.inputHash());
        if (start.isNewId()) {
            out.flag("new_id", true);
        }
        if (item.has("kept")) {
            out.number("kept", item.number("kept"));
        }
        if (start.timeoutMs() > 0) {
            out.number("timeout_ms", start.timeoutMs());
        }
        if (!start.trace().equals("{}")) {
            out.raw("trace", start.trace());
        }
        out.flag("watch", item.flag("watch", false));
    }

    private static void outcome(JsonWriter out, Outcome outcome) {
        if (outcome instanceof Outcome.Succeeded succeeded) {
            out.text("outcome", "succeeded").raw("result", succeeded.result()).raw("writes", succeeded.writes());
        } else if (outcome instanceof Outcome.Failed failed) {
            out.text("outcome", "failed").raw("error", error(failed)).raw("writes", failed.writes());
        } else if (outcome instanceof Outcome.Missing missing) {
            out.text("outcome", "missing").text("message", missing.error().message());
        } else if (outcome instanceof Outcome.Verdict verdict) {
            out.text("outcome", "verdict").flag("verdict", verdict.verdict());
        } else {
            out.text("outcome", "settled").raw("writes", outcome.writes());
        }
    }

    private static String error(Outcome.Failed failed) {
        return new JsonWriter().text("type", failed.error().type()).text("message", failed.error().message())
                .text("traceback", failed.error().traceback()).flag("retryable", failed.retryable()).build();
    }

    private static String definition(SagaDefinition saga) {
        JsonWriter out = new JsonWriter()
                .text("name", saga.name())
                .raw("version", saga.version().map(JsonStrings::quote).orElse("null"))
                .raw("timeout_ms", saga.timeoutMs().isPresent() ? "" + saga.timeoutMs().getAsLong() : "null")
                .raw("layer_concurrency",
                        saga.layerConcurrency().isPresent() ? "" + saga.layerConcurrency().getAsInt() : "null")
                .text("compensation", word(saga.compensation()))
                .texts("redact", saga.redact());
        saga.events().ifPresent(events -> out.raw("events", events(events)));
        return out.raw("steps", JsonWriter.array(saga.steps().stream().map(SentItems::step).toList()))
                .build();
    }

    private static String step(StepDefinition step) {
        JsonWriter out = new JsonWriter()
                .text("id", step.id()).texts("depends_on", step.dependsOn())
                .text("kind", word(step.kind())).flag("takes_context", step.takesContext());
        return policy(out, step.policy())
                .flag("condition", step.conditional()).flag("pivot", step.pivot()).text("in_doubt", word(step.inDoubt()))
                .raw("compensation", step.compensation().map(SentItems::compensation).orElse("null"))
                .raw("events", step.events().map(events -> events(events)).orElse("null"))
                .build();
    }

    private static String compensation(CompensationDefinition undo) {
        return policy(new JsonWriter().text("kind", word(undo.kind())).flag("takes_context", undo.takesContext()), undo.policy())
                .build();
    }

    private static JsonWriter policy(JsonWriter out, RetryPolicy policy) {
        return out.number("retry", policy.maxAttempts()).number("timeout_ms", policy.timeoutMs())
                .number("backoff_ms", policy.backoffMs());
    }

    private static String events(EventOptions events) {
        JsonWriter out = new JsonWriter().text("topic", events.target().topic());
        out = events.eventType().isEmpty() ? out.raw("event_type", "null") : out.text("event_type", events.eventType());
        carried(out, events.target(), events.content())
                .flag("publish_on_start", events.onStart()).flag("publish_on_success", events.onSuccess())
                .flag("publish_on_failure", events.onFailure()).flag("publish_on_retry", events.onRetry());
        return ifSet(out, "publish_on_compensation", events.onCompensation()).build();
    }

    private static String events(SagaEventOptions events) {
        return carried(new JsonWriter().text("topic", events.target().topic()), events.target(), events.content())
                .flag("publish_on_start", events.onStart()).flag("publish_on_success", events.onSuccess())
                .flag("publish_on_failure", events.onFailure()).flag("publish_on_compensation", events.onCompensation())
                .flag("publish_on_parked", events.onParked()).build();
    }

    private static JsonWriter carried(JsonWriter out, EventTarget target, EventContent content) {
        out.flag("include_timing", content.timing()).flag("include_payload", content.payload());
        ifSet(ifSet(out, "include_result", content.result()), "include_context", content.context()).textIfAny("key", target.key());
        Map<String, String> headers = new LinkedHashMap<>();
        target.headers().forEach((name, value) -> headers.put(name, JsonStrings.quote(value)));
        return headers.isEmpty() ? out : out.raw("headers", JsonObject.join(headers));
    }

    private static JsonWriter ifSet(JsonWriter out, String name, boolean flag) {
        return flag ? out.flag(name, true) : out;
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
