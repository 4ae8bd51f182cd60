package dev.fireflytx.engine.saga;

import dev.fireflytx.core.definition.EventContent;
import dev.fireflytx.core.definition.EventOptions;
import dev.fireflytx.core.definition.EventTarget;
import dev.fireflytx.core.definition.InvalidDefinitionException;
import dev.fireflytx.core.definition.SagaEventOptions;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads {@link StepEvents} and {@link SagaEvents}. */
final class EventAnnotations {
    private EventAnnotations() {}

    static EventOptions read(StepEvents events) {
        return new EventOptions(new EventTarget(events.value(), events.key(), headers(events.headers())), events.eventType(),
                new EventContent(events.includeTiming(), events.includePayload(), events.includeResult(), events.includeContext()),
                events.onStart(), events.onSuccess(), events.onFailure(), events.onRetry(), events.onCompensation());
    }

    static SagaEventOptions read(SagaEvents events) {
        return new SagaEventOptions(new EventTarget(events.value(), events.key(), headers(events.headers())),
                new EventContent(events.includeTiming(), events.includePayload(), events.includeResult(), events.includeContext()),
                events.onStart(), events.onSuccess(), events.onFailure(), events.onCompensation(), events.onParked());
    }

    private static Map<String, String> headers(String[] lines) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new InvalidDefinitionException("A header of events must be written as \"name: value\", got \"" + line + "\".");
            }
            headers.put(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
        }
        return headers;
    }
}
