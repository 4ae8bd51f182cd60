package dev.fireflytx.bridge;

import dev.fireflytx.core.definition.CompensationDefinition;
import dev.fireflytx.core.definition.EventOptions;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.engine.Outcome;
import dev.fireflytx.engine.StartRequest;
import java.util.Locale;

/** Reads Python's items as the bridge does, and writes again what was understood, as Python writes it. */
final class SentItems {
    private SentItems() {}

    static String rewritten(JsonObject item) {
        String type = item.string("type");
        ItemBuilder out = ItemBuilder.item(type);
        switch (type) {
            case "define" -> out.raw("definition", definition(DefinitionReader.read(item.object("definition"))));
            case "start" -> start(out, item, Inbox.readStart(item));
            case "watch", "get" -> out.number("request", item.number("request")).text("correlation_id", item.string("correlation_id"));
            case "cancel" -> out.number("request", item.number("request"))
                    .text("correlation_id", item.string("correlation_id")).text("reason", item.string("reason", ""));
            case "outcome" -> outcome(out.raw("attempt", AttemptNames.write(AttemptNames.read(item.raw("attempt")))),
                    Inbox.readOutcome(item));
            case "pong" -> out.number("ping", item.number("ping"));
            case "log-level" -> out.text("level", item.string("level"));
            case "running" -> out.raw("attempt", AttemptNames.write(AttemptNames.read(item.raw("attempt"))))
                    .number("elapsed_ms", item.number("elapsed_ms"));
            case "recover", "stop" -> { }
            default -> throw new AssertionError("no writer for items of type " + type);
        }
        return out.build();
    }

    private static void start(ItemBuilder out, JsonObject item, StartRequest start) {
        out.number("request", item.number("request")).text("saga", start.saga())
                .text("correlation_id", start.correlationId()).raw("input", start.input());
        if (start.timeoutMs() > 0) {
            out.number("timeout_ms", start.timeoutMs());
        }
        out.flag("watch", item.flag("watch", false));
    }

    private static void outcome(ItemBuilder out, Outcome outcome) {
        if (outcome instanceof Outcome.Succeeded succeeded) {
            out.text("outcome", "succeeded").raw("result", succeeded.result()).raw("writes", succeeded.writes());
        } else if (outcome instanceof Outcome.Failed failed) {
            out.text("outcome", "failed").raw("error", error(failed)).raw("writes", failed.writes());
        } else if (outcome instanceof Outcome.Verdict verdict) {
            out.text("outcome", "verdict").flag("verdict", verdict.verdict());
        } else {
            out.text("outcome", "settled").raw("writes", outcome.writes());
        }
    }

    private static String error(Outcome.Failed failed) {
        return new ItemBuilder().text("type", failed.error().type()).text("message", failed.error().message())
                .text("traceback", failed.error().traceback()).flag("retryable", failed.retryable()).build();
    }

    private static String definition(SagaDefinition saga) {
        return new ItemBuilder()
                .text("name", saga.name())
                .raw("timeout_ms", saga.timeoutMs().isPresent() ? "" + saga.timeoutMs().getAsLong() : "null")
                .raw("layer_concurrency",
                        saga.layerConcurrency().isPresent() ? "" + saga.layerConcurrency().getAsInt() : "null")
                .text("compensation", word(saga.compensation()))
                .raw("steps", ItemBuilder.array(saga.steps().stream().map(SentItems::step).toList()))
                .build();
    }

    private static String step(StepDefinition step) {
        ItemBuilder out = new ItemBuilder()
                .text("id", step.id()).texts("depends_on", step.dependsOn())
                .text("kind", word(step.kind())).flag("takes_context", step.takesContext());
        return policy(out, step.policy())
                .flag("condition", step.conditional()).flag("pivot", step.pivot()).text("in_doubt", word(step.inDoubt()))
                .raw("compensation", step.compensation().map(SentItems::compensation).orElse("null"))
                .raw("events", step.events().map(SentItems::events).orElse("null"))
                .build();
    }

    private static String compensation(CompensationDefinition undo) {
        return policy(new ItemBuilder().text("kind", word(undo.kind())).flag("takes_context", undo.takesContext()), undo.policy())
                .build();
    }

    private static ItemBuilder policy(ItemBuilder out, RetryPolicy policy) {
        return out.number("retry", policy.maxAttempts()).number("timeout_ms", policy.timeoutMs())
                .number("backoff_ms", policy.backoffMs());
    }

    private static String events(EventOptions events) {
        ItemBuilder out = new ItemBuilder().text("topic", events.topic());
        return (events.eventType().isEmpty() ? out.raw("event_type", "null") : out.text("event_type", events.eventType()))
                .flag("include_timing", events.includeTiming()).flag("include_payload", events.includePayload())
                .flag("publish_on_start", events.onStart()).flag("publish_on_success", events.onSuccess())
                .flag("publish_on_failure", events.onFailure()).flag("publish_on_retry", events.onRetry())
                .build();
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
