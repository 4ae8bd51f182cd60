package dev.fireflytx.core.definition;

import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonScanner;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Reads a definition of the vectors: fields that are missing have the protocol's defaults. */
final class DefinitionReader {
    private DefinitionReader() {}

    /**
     * Reads a definition.
     *
     * @param object the definition
     * @return the definition; nothing if it uses a word that no enum has, which the bridge's reader must refuse
     */
    static Optional<SagaDefinition> read(JsonObject object) {
        try {
            return Optional.of(saga(object));
        } catch (UnknownWord e) {
            return Optional.empty();
        }
    }

    private static SagaDefinition saga(JsonObject object) {
        List<StepDefinition> steps = new ArrayList<>();
        JsonObject.forEach(object.raw("steps"), step -> steps.add(step(JsonObject.split(step))));
        return new SagaDefinition(
                object.string("name"),
                steps,
                object.has("timeout_ms") ? OptionalLong.of(object.number("timeout_ms")) : OptionalLong.empty(),
                object.has("layer_concurrency")
                        ? OptionalInt.of((int) object.number("layer_concurrency")) : OptionalInt.empty(),
                word(CompensationOrder.class, object.string("compensation", "sequential")));
    }

    private static StepDefinition step(JsonObject object) {
        StepDefinition.Builder step = StepDefinition.step(object.string("id"))
                .dependsOn(strings(object.raw("depends_on", "[]")))
                .policy(policy(object))
                .pivot(object.flag("pivot", false))
                .inDoubt(word(InDoubtPolicy.class, object.string("in_doubt", "compensate")));
        if (object.has("compensation")) {
            RetryPolicy policy = policy(JsonObject.split(object.object("compensation")));
            step.compensation(new CompensationDefinition(StepKind.COROUTINE, false, policy));
        }
        return step.build();
    }

    private static RetryPolicy policy(JsonObject object) {
        return new RetryPolicy((int) object.number("retry", RetryPolicy.DEFAULT.maxAttempts()),
                object.number("timeout_ms", RetryPolicy.DEFAULT.timeoutMs()),
                object.number("backoff_ms", RetryPolicy.DEFAULT.backoffMs()));
    }

    private static List<String> strings(String array) {
        List<String> strings = new ArrayList<>();
        JsonObject.forEach(array, element -> strings.add(new JsonScanner(element).string()));
        return strings;
    }

    private static <E extends Enum<E>> E word(Class<E> words, String word) {
        try {
            return Enum.valueOf(words, word.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new UnknownWord();
        }
    }

    private static final class UnknownWord extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}
