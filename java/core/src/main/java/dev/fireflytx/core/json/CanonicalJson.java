package dev.fireflytx.core.json;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * One text for all ways to write the same value: keys sorted by code unit, no white space, shortest escapes, numbers by their text.
 *
 * <p>Two starts of one id are the same saga when their inputs' canonical texts are.
 */
public final class CanonicalJson {
    private CanonicalJson() {}

    /**
     * {@return its canonical text}
     *
     * @param text any JSON value
     * @throws JsonException if it is malformed
     */
    public static String of(String text) {
        StringBuilder out = new StringBuilder(text.length());
        JsonScanner scanner = new JsonScanner(text);
        append(out, scanner, 0);
        scanner.end();
        return out.toString();
    }

    /**
     * {@return the SHA-256 of its canonical text, in hexadecimal}
     *
     * @param text any JSON value
     * @throws JsonException if it is malformed
     */
    public static String hash(String text) {
        try {
            byte[] canonical = of(text).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(canonical));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static void append(StringBuilder out, JsonScanner scanner, int depth) {
        scanner.checkDepth(depth);
        switch (scanner.peek()) {
            case '{' -> appendObject(out, scanner, depth);
            case '[' -> appendArray(out, scanner, depth);
            case '"' -> scanner.appendString(out);
            default -> out.append(scanner.value());
        }
    }

    private static void appendObject(StringBuilder out, JsonScanner scanner, int depth) {
        char separator = '{';
        for (Map.Entry<String, String> member : members(scanner, depth).entrySet()) {
            out.append(separator);
            JsonStrings.appendQuoted(out, member.getKey());
            out.append(':').append(member.getValue());
            separator = ',';
        }
        out.append(separator == '{' ? "{}" : "}");
    }

    /** The members' canonical texts by their unescaped keys, sorted. */
    private static Map<String, String> members(JsonScanner scanner, int depth) {
        Map<String, String> members = new TreeMap<>();
        scanner.expect('{');
        if (scanner.accept('}')) {
            return members;
        }
        do {
            String key = scanner.string();
            scanner.expect(':');
            StringBuilder value = new StringBuilder();
            append(value, scanner, depth + 1);
            JsonObject.putOnce(members, key, value.toString());
        } while (scanner.accept(','));
        scanner.expect('}');
        return members;
    }

    private static void appendArray(StringBuilder out, JsonScanner scanner, int depth) {
        out.append('[');
        scanner.expect('[');
        if (!scanner.accept(']')) {
            append(out, scanner, depth + 1);
            while (scanner.accept(',')) {
                out.append(',');
                append(out, scanner, depth + 1);
            }
            scanner.expect(']');
        }
        out.append(']');
    }
}
