package dev.fireflytx.core.definition;

import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonScanner;
import dev.fireflytx.core.json.JsonStrings;
import dev.fireflytx.core.json.JsonWriter;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The events in a definition's JSON form.
 *
 * <p>What came with journals of format 2 is written only where it is asked for: a definition without it has the text that it has in older ones.
 */
final class EventJson {
    private EventJson() {}

    static EventOptions readStep(JsonObject object) {
        return new EventOptions(target(object), object.string("event_type", ""), content(object),
                object.flag("publish_on_start", true), object.flag("publish_on_success", true), object.flag("publish_on_failure", true),
                object.flag("publish_on_retry", false), object.flag("publish_on_compensation", false));
    }

    static SagaEventOptions readSaga(JsonObject object) {
        return new SagaEventOptions(target(object), content(object),
                object.flag("publish_on_start", true), object.flag("publish_on_success", true), object.flag("publish_on_failure", true),
                object.flag("publish_on_compensation", true), object.flag("publish_on_parked", true));
    }

    private static EventTarget target(JsonObject object) {
        Map<String, String> headers = new LinkedHashMap<>();
        JsonObject.split(object.raw("headers", JsonObject.EMPTY)).members()
                .forEach((name, value) -> headers.put(name, new JsonScanner(value).string()));
        return new EventTarget(object.string("topic"), object.string("key", ""), headers);
    }

    private static EventContent content(JsonObject object) {
        return new EventContent(object.flag("include_timing", false), object.flag("include_payload", false),
                object.flag("include_result", false), object.flag("include_context", false));
    }

    static String write(EventOptions events) {
        JsonWriter out = new JsonWriter().text("topic", events.target().topic()).textIfAny("event_type", events.eventType());
        content(out, events.target(), events.content())
                .flag("publish_on_start", events.onStart())
                .flag("publish_on_success", events.onSuccess())
                .flag("publish_on_failure", events.onFailure())
                .flag("publish_on_retry", events.onRetry());
        return flagIfSet(out, "publish_on_compensation", events.onCompensation()).build();
    }

    static String write(SagaEventOptions events) {
        JsonWriter out = new JsonWriter().text("topic", events.target().topic());
        return content(out, events.target(), events.content())
                .flag("publish_on_start", events.onStart())
                .flag("publish_on_success", events.onSuccess())
                .flag("publish_on_failure", events.onFailure())
                .flag("publish_on_compensation", events.onCompensation())
                .flag("publish_on_parked", events.onParked())
                .build();
    }

    private static JsonWriter content(JsonWriter out, EventTarget target, EventContent content) {
        out.flag("include_timing", content.timing()).flag("include_payload", content.payload());
        flagIfSet(out, "include_result", content.result());
        flagIfSet(out, "include_context", content.context());
        out.textIfAny("key", target.key());
        if (!target.headers().isEmpty()) {
            Map<String, String> quoted = new LinkedHashMap<>();
            target.headers().forEach((name, value) -> quoted.put(name, JsonStrings.quote(value)));
            out.raw("headers", JsonObject.join(quoted));
        }
        return out;
    }

    private static JsonWriter flagIfSet(JsonWriter out, String name, boolean flag) {
        return flag ? out.flag(name, true) : out;
    }
}
