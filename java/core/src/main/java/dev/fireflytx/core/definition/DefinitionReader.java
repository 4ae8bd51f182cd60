package dev.fireflytx.core.definition;

import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonScanner;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Reads a definition from its JSON form (PROTOCOL.md, "A definition"). */
final class DefinitionReader {
    private final String saga;

    private DefinitionReader(String saga) {
        this.saga = saga;
    }

    /**
     * Reads a definition; whether it can be run is for the core to say.
     *
     * @throws JsonException if the text has not the form of a definition
     * @throws InvalidDefinitionException if a word in it is none of those allowed
     */
    static SagaDefinition read(String text) {
        JsonObject object = JsonObject.split(text);
        String name = object.string("name");
        return new DefinitionReader(name).definition(object);
    }

    private SagaDefinition definition(JsonObject object) {
        CompensationOrder order = order(object);
        List<StepDefinition> steps = new ArrayList<>();
        JsonObject.forEach(object.raw("steps"), step -> steps.add(step(JsonObject.split(step))));
        OptionalLong timeoutMs =
                object.has("timeout_ms") ? OptionalLong.of(object.number("timeout_ms")) : OptionalLong.empty();
        OptionalInt concurrency = object.has("layer_concurrency")
                ? OptionalInt.of(clamped(object.number("layer_concurrency"))) : OptionalInt.empty();
        Optional<String> version = object.has("version") ? Optional.of(object.string("version")) : Optional.empty();
        Optional<SagaEventOptions> events = object.has("events")
                ? Optional.of(EventJson.readSaga(JsonObject.split(object.raw("events")))) : Optional.empty();
        return new SagaDefinition(saga, steps, timeoutMs, concurrency, order, version, events, strings(object.raw("redact", "[]")));
    }

    private CompensationOrder order(JsonObject object) {
        String word = object.string("compensation", "sequential");
        return switch (word) {
            case "sequential" -> CompensationOrder.SEQUENTIAL;
            case "parallel" -> CompensationOrder.PARALLEL;
            default -> throw invalid("compensation must be 'sequential' or 'parallel', got '" + word + "'.");
        };
    }

    private StepDefinition step(JsonObject object) {
        String id = object.string("id");
        return new StepDefinition(
                id, strings(object.raw("depends_on", "[]")), kind(object), object.flag("takes_context", false),
                policy(object), object.flag("condition", false), object.flag("pivot", false), inDoubt(id, object),
                compensation(object), events(object));
    }

    private InDoubtPolicy inDoubt(String step, JsonObject object) {
        String word = object.string("in_doubt", "compensate");
        return switch (word) {
            case "compensate" -> InDoubtPolicy.COMPENSATE;
            case "fail" -> InDoubtPolicy.FAIL;
            case "park" -> InDoubtPolicy.PARK;
            default -> throw invalid("step '" + step + "': in_doubt must be 'compensate', 'fail' or 'park', got '" + word + "'.");
        };
    }

    private static StepKind kind(JsonObject object) {
        String word = object.string("kind", "coroutine");
        try {
            return StepKind.valueOf(word.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new JsonException("the member 'kind' is none of 'coroutine', 'thread' and 'java'");
        }
    }

    private static RetryPolicy policy(JsonObject object) {
        return new RetryPolicy(
                clamped(object.number("retry", RetryPolicy.DEFAULT.maxAttempts())),
                object.number("timeout_ms", RetryPolicy.DEFAULT.timeoutMs()),
                object.number("backoff_ms", RetryPolicy.DEFAULT.backoffMs()));
    }

    private static Optional<CompensationDefinition> compensation(JsonObject step) {
        if (!step.has("compensation")) {
            return Optional.empty();
        }
        JsonObject object = JsonObject.split(step.raw("compensation"));
        return Optional.of(
                new CompensationDefinition(kind(object), object.flag("takes_context", false), policy(object)));
    }

    private static Optional<EventOptions> events(JsonObject step) {
        if (!step.has("events")) {
            return Optional.empty();
        }
        return Optional.of(EventJson.readStep(JsonObject.split(step.raw("events"))));
    }

    private static List<String> strings(String array) {
        List<String> strings = new ArrayList<>();
        JsonObject.forEach(array, element -> strings.add(new JsonScanner(element).string()));
        return strings;
    }

    private static int clamped(long number) {
        return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, number));
    }

    private InvalidDefinitionException invalid(String problem) {
        return new InvalidDefinitionException("Saga '" + saga + "': " + problem);
    }
}
