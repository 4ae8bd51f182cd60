package dev.fireflytx.bridge;

import dev.fireflytx.core.json.JsonStrings;
import java.util.List;

/** Writes one JSON object, member by member. Values given as JSON text go in as they are. */
final class ItemBuilder {
    private final StringBuilder out = new StringBuilder("{");

    static ItemBuilder item(String type) {
        return new ItemBuilder().text("type", type);
    }

    ItemBuilder text(String key, String value) {
        key(key);
        JsonStrings.appendQuoted(out, value);
        return this;
    }

    /** Leaves the member out if the value is empty. */
    ItemBuilder textIfAny(String key, String value) {
        return value.isEmpty() ? this : text(key, value);
    }

    ItemBuilder number(String key, long value) {
        key(key);
        out.append(value);
        return this;
    }

    ItemBuilder flag(String key, boolean value) {
        key(key);
        out.append(value);
        return this;
    }

    ItemBuilder raw(String key, String json) {
        key(key);
        out.append(json);
        return this;
    }

    ItemBuilder texts(String key, List<String> values) {
        return raw(key, array(values.stream().map(JsonStrings::quote).toList()));
    }

    static String array(List<String> elements) {
        return "[" + String.join(",", elements) + "]";
    }

    String build() {
        return out + "}";
    }

    private void key(String key) {
        if (out.length() > 1) {
            out.append(',');
        }
        out.append('"').append(key).append("\":");
    }
}
