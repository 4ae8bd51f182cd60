package dev.fireflytx.core.json;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** The members of one JSON object: unescaped keys, and values as the text that they are. */
public final class JsonObject {
    /** An object without members. */
    public static final String EMPTY = "{}";

    private final Map<String, String> members;

    private JsonObject(Map<String, String> members) {
        this.members = members;
    }

    /**
     * Splits an object at its top level.
     *
     * @param text an object
     * @return its members, in order
     * @throws JsonException if the text is malformed, is no object, or names a member twice
     */
    public static JsonObject split(String text) {
        JsonScanner scanner = new JsonScanner(text);
        requireObject(scanner);
        Map<String, String> members = new LinkedHashMap<>();
        scanner.expect('{');
        if (!scanner.accept('}')) {
            do {
                member(scanner, members);
            } while (scanner.accept(','));
            scanner.expect('}');
        }
        scanner.end();
        return new JsonObject(members);
    }

    /**
     * Makes sure that a text begins as an object does; the rest is not looked at.
     *
     * @param text what should be an object
     * @throws JsonException if it begins otherwise
     */
    public static void requireObject(String text) {
        requireObject(new JsonScanner(text));
    }

    private static void requireObject(JsonScanner scanner) {
        if (scanner.peek() != '{') {
            throw new JsonException("expected a JSON object");
        }
    }

    private static void member(JsonScanner scanner, Map<String, String> members) {
        String key = scanner.string();
        scanner.expect(':');
        putOnce(members, key, scanner.value());
    }

    static void putOnce(Map<String, String> members, String key, String value) {
        if (members.putIfAbsent(key, value) != null) {
            throw new JsonException("the member '" + key + "' occurs twice");
        }
    }

    /**
     * Writes an object from members.
     *
     * @param members unescaped keys, and values as JSON text
     * @return the object's text, in the map's order
     */
    public static String join(Map<String, String> members) {
        StringBuilder out = new StringBuilder("{");
        members.forEach((key, value) -> {
            if (out.length() > 1) {
                out.append(',');
            }
            JsonStrings.appendQuoted(out, key);
            out.append(':').append(value);
        });
        return out.append('}').toString();
    }

    /** {@return the members, in order; not to be changed} */
    public Map<String, String> members() {
        return Collections.unmodifiableMap(members);
    }

    /**
     * {@return whether there is such a member, other than null}
     *
     * @param key an unescaped key
     */
    public boolean has(String key) {
        return !"null".equals(members.getOrDefault(key, "null"));
    }

    /**
     * {@return the member's text}
     *
     * @param key an unescaped key
     * @throws JsonException if there is none, or it is null
     */
    public String raw(String key) {
        if (!has(key)) {
            throw new JsonException("the member '" + key + "' is missing");
        }
        return members.get(key);
    }

    /**
     * {@return the member's text}
     *
     * @param key an unescaped key
     * @param fallback what to use if there is no such member, or it is null
     */
    public String raw(String key, String fallback) {
        return has(key) ? members.get(key) : fallback;
    }

    /**
     * {@return the member, an object's text}
     *
     * @param key an unescaped key
     * @throws JsonException if there is none, or it is no object
     */
    public String object(String key) {
        String raw = raw(key);
        if (raw.charAt(0) != '{') {
            throw new JsonException("the member '" + key + "' is not an object");
        }
        return raw;
    }

    /**
     * {@return the member, a string}
     *
     * @param key an unescaped key
     * @throws JsonException if there is none, or it is no string
     */
    public String string(String key) {
        String raw = raw(key);
        if (raw.charAt(0) != '"') {
            throw new JsonException("the member '" + key + "' is not a string");
        }
        return new JsonScanner(raw).string();
    }

    /**
     * {@return the member, a string}
     *
     * @param key an unescaped key
     * @param fallback what to use if there is no such member, or it is null
     * @throws JsonException if it is no string
     */
    public String string(String key, String fallback) {
        return has(key) ? string(key) : fallback;
    }

    /**
     * {@return the member, a whole number}
     *
     * @param key an unescaped key
     * @throws JsonException if there is none, or it is no whole number of 64 bits
     */
    public long number(String key) {
        try {
            return Long.parseLong(raw(key));
        } catch (NumberFormatException e) {
            throw new JsonException("the member '" + key + "' is not a whole number of 64 bits");
        }
    }

    /**
     * {@return the member, a whole number}
     *
     * @param key an unescaped key
     * @param fallback what to use if there is no such member, or it is null
     * @throws JsonException if it is no whole number of 64 bits
     */
    public long number(String key, long fallback) {
        return has(key) ? number(key) : fallback;
    }

    /**
     * {@return the member, true or false}
     *
     * @param key an unescaped key
     * @param fallback what to use if there is no such member, or it is null
     * @throws JsonException if it is neither
     */
    public boolean flag(String key, boolean fallback) {
        String raw = raw(key, String.valueOf(fallback));
        if (!raw.equals("true") && !raw.equals("false")) {
            throw new JsonException("the member '" + key + "' is neither true nor false");
        }
        return raw.equals("true");
    }

    /**
     * Walks over a JSON array.
     *
     * @param text an array
     * @param each called with each element's text
     * @throws JsonException if the text is malformed or no array
     */
    public static void forEach(String text, Consumer<String> each) {
        JsonScanner scanner = new JsonScanner(text);
        scanner.expect('[');
        if (!scanner.accept(']')) {
            do {
                each.accept(scanner.value());
            } while (scanner.accept(','));
            scanner.expect(']');
        }
        scanner.end();
    }
}
