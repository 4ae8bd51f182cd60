package dev.fireflytx.core.json;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Writes one JSON object, member by member. Keys are plain names; values given as JSON text go in as they are. */
public final class JsonWriter {
    private final StringBuilder out;
    private boolean isEmpty = true;

    /** Begins an object without members. */
    public JsonWriter() {
        this(new StringBuilder());
    }

    private JsonWriter(StringBuilder out) {
        this.out = out.append('{');
    }

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
        return array(key, values, (value, text) -> JsonStrings.appendQuoted(text, value));
    }

    /**
     * Adds an array.
     *
     * @param key the member's name
     * @param values what it holds
     * @param write appends the JSON text of one of them
     * @param <T> what they are
     * @return this writer
     */
    public <T> JsonWriter array(String key, List<T> values, BiConsumer<T, StringBuilder> write) {
        key(key);
        out.append('[');
        boolean isFirst = true;
        for (T value : values) {
            if (!isFirst) {
                out.append(',');
            }
            isFirst = false;
            write.accept(value, out);
        }
        out.append(']');
        return this;
    }

    /**
     * Adds an array of objects.
     *
     * @param key the member's name
     * @param values what it holds
     * @param write adds the members of one of them
     * @param <T> what they are
     * @return this writer
     */
    public <T> JsonWriter objects(String key, List<T> values, BiConsumer<T, JsonWriter> write) {
        return array(key, values, (value, text) -> {
            write.accept(value, new JsonWriter(text));
            text.append('}');
        });
    }

    /**
     * Adds an object.
     *
     * @param key the member's name
     * @param write adds its members
     * @return this writer
     */
    public JsonWriter object(String key, Consumer<JsonWriter> write) {
        key(key);
        write.accept(new JsonWriter(out));
        out.append('}');
        return this;
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
        if (!isEmpty) {
            out.append(',');
        }
        isEmpty = false;
        out.append('"').append(key).append("\":");
    }
}
