package dev.fireflytx.core.json;

import java.util.List;

/** Writes one JSON object, member by member. Keys are plain names; values given as JSON text go in as they are. */
public final class JsonWriter {
    private final StringBuilder out = new StringBuilder("{");

    /** Begins an object without members. */
    public JsonWriter() {}

    /**
     * Adds a string.
     *
     * @param key the member's name
     * @param value its characters
     * @return this writer
     */
    public JsonWriter text(String key, String value) {
        key(key);
        JsonStrings.appendQuoted(out, value);
        return this;
    }

    /**
     * Adds a string, unless it is empty.
     *
     * @param key the member's name
     * @param value its characters
     * @return this writer
     */
    public JsonWriter textIfAny(String key, String value) {
        return value.isEmpty() ? this : text(key, value);
    }

    /**
     * Adds a whole number.
     *
     * @param key the member's name
     * @param value the number
     * @return this writer
     */
    public JsonWriter number(String key, long value) {
        key(key);
        out.append(value);
        return this;
    }

    /**
     * Adds true or false.
     *
     * @param key the member's name
     * @param value which
     * @return this writer
     */
    public JsonWriter flag(String key, boolean value) {
        key(key);
        out.append(value);
        return this;
    }

    /**
     * Adds a value that is JSON text already.
     *
     * @param key the member's name
     * @param json its text
     * @return this writer
     */
    public JsonWriter raw(String key, String json) {
        key(key);
        out.append(json);
        return this;
    }

    /**
     * Adds an array of strings.
     *
     * @param key the member's name
     * @param values their characters
     * @return this writer
     */
    public JsonWriter texts(String key, List<String> values) {
        return raw(key, array(values.stream().map(JsonStrings::quote).toList()));
    }

    /**
     * Writes an array.
     *
     * @param elements JSON texts
     * @return the array's text
     */
    public static String array(List<String> elements) {
        return "[" + String.join(",", elements) + "]";
    }

    /** {@return the object's text} */
    public String build() {
        return out + "}";
    }

    private void key(String key) {
        if (out.length() > 1) {
            out.append(',');
        }
        out.append('"').append(key).append("\":");
    }
}
