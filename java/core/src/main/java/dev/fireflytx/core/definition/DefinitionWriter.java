package dev.fireflytx.core.definition;

import dev.fireflytx.core.json.JsonWriter;
import java.util.Locale;

/** Writes a definition in its JSON form (PROTOCOL.md, "A definition"); what is not set is left out. */
final class DefinitionWriter {
    private DefinitionWriter() {}

    static String write(SagaDefinition saga) {
        JsonWriter out = new JsonWriter().text("name", saga.name());
        saga.version().ifPresent(version -> out.text("version", version));
        saga.timeoutMs().ifPresent(timeoutMs -> out.number("timeout_ms", timeoutMs));
        saga.layerConcurrency().ifPresent(limit -> out.number("layer_concurrency", limit));
        saga.events().ifPresent(events -> out.raw("events", EventJson.write(events)));
        out.text("compensation", word(saga.compensation()));
        if (!saga.redact().isEmpty()) {
            out.texts("redact", saga.redact());
        }
        return out.raw("steps", JsonWriter.array(saga.steps().stream().map(DefinitionWriter::step).toList()))
                .build();
    }

    private static String step(StepDefinition step) {
        JsonWriter out = new JsonWriter()
                .text("id", step.id())
                .texts("depends_on", step.dependsOn())
                .text("kind", word(step.kind()))
                .flag("takes_context", step.takesContext());
        policy(out, step.policy())
                .flag("condition", step.conditional())
                .flag("pivot", step.pivot())
                .text("in_doubt", word(step.inDoubt()));
        step.compensation().ifPresent(compensation -> out.raw("compensation", compensation(compensation)));
        step.events().ifPresent(events -> out.raw("events", EventJson.write(events)));
        return out.build();
    }

    private static JsonWriter policy(JsonWriter out, RetryPolicy policy) {
        return out.number("retry", policy.maxAttempts())
                .number("timeout_ms", policy.timeoutMs())
                .number("backoff_ms", policy.backoffMs());
    }

    private static String compensation(CompensationDefinition compensation) {
        JsonWriter out = new JsonWriter()
                .text("kind", word(compensation.kind()))
                .flag("takes_context", compensation.takesContext());
        return policy(out, compensation.policy()).build();
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
