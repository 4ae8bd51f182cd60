package dev.fireflytx.engine;

import dev.fireflytx.core.definition.EventContent;
import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonStrings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * Collects what an event carries. All of it together is no larger than one value may be, since a broker that never takes an event would hold up
 * every later one; what has no room any more is named.
 */
final class EventContents {
    private final EventContent asked;
    private final ValueLimit limit;
    private final List<String> redact;
    private final List<String> leftOut = new ArrayList<>();
    private OptionalLong durationMs = OptionalLong.empty();
    private Optional<String> payload = Optional.empty();
    private Optional<String> result = Optional.empty();
    private Optional<SagaError> error = Optional.empty();
    private Optional<String> context = Optional.empty();
    private long sizeBytes;

    /** Of an event of this run; the fields that nobody may see go along, for a publisher that does not know the saga. */
    EventContents(EventContent asked, ValueLimit limit, SagaRun run) {
        this.asked = asked;
        this.limit = limit;
        redact = run.plan().definition().redact();
    }

    EventContents took(long ms) {
        durationMs = asked.timing() ? OptionalLong.of(ms) : durationMs;
        return this;
    }

    EventContents given(Supplier<String> input) {
        payload = asked.payload() ? fitting("payload", input) : payload;
        return this;
    }

    EventContents returned(Optional<String> value) {
        result = asked.result() && value.isPresent() ? fitting("result", value::get) : result;
        return this;
    }

    /** The results of a saga's steps, by their ids. */
    EventContents returned(SagaRun run) {
        return asked.result() ? returned(Optional.of(results(run))) : this;
    }

    private static String results(SagaRun run) {
        Map<String, String> results = new LinkedHashMap<>();
        for (int step : run.state().settledInOrder()) {
            run.values().result(step).ifPresent(result -> results.put(run.plan().step(step).id(), result));
        }
        return JsonObject.join(results);
    }

    EventContents raised(Optional<SagaError> why) {
        if (asked.result() && why.isPresent()) {
            boolean hasRoom = fits(JsonStrings.quote(why.get().message()));
            error = hasRoom ? why : error;
            leftOut.addAll(hasRoom ? List.of() : List.of("error"));
        }
        return this;
    }

    EventContents in(SagaRun run) {
        context = asked.context() ? fitting("context", run.values()::context) : context;
        return this;
    }

    private Optional<String> fitting(String what, Supplier<String> value) {
        try {
            String text = value.get();
            if (fits(text)) {
                return Optional.of(text);
            }
        } catch (JsonException e) {
            // such a step fails at its boundary, and says so there
        }
        leftOut.add(what);
        return Optional.empty();
    }

    private boolean fits(String text) {
        long size = ValueLimit.sizeOf(text);
        boolean fits = sizeBytes + size <= limit.sizeBytes();
        sizeBytes += fits ? size : 0;
        return fits;
    }

    SagaEvent.Contents all() {
        boolean hasValues = payload.isPresent() || result.isPresent() || context.isPresent();
        return new SagaEvent.Contents(durationMs, payload, result, error, context, leftOut, hasValues ? redact : List.of());
    }
}
