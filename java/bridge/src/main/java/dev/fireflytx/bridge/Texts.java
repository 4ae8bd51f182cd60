package dev.fireflytx.bridge;

import java.util.Collection;
import java.util.List;

/** The texts that cross the bridge: a header, then items (PROTOCOL.md, "Transport"). */
final class Texts {
    /** The record separator (RFC 7464): no JSON text has it, and py4j, which escapes line breaks, lets it through as it is. */
    static final String SEPARATOR = "\u001e";

    private Texts() {}

    static String join(String header, Collection<String> items) {
        return items.isEmpty() ? header : header + SEPARATOR + String.join(SEPARATOR, items);
    }

    /** The header, and what came behind it. */
    static List<String> split(String text) {
        return List.of(text.split(SEPARATOR, -1));
    }

    /**
     * Takes py4j's escapes back, a stretch at a time: py4j's own way, a character at a time, was a quarter of the work of a connection.
     *
     * @param text what came behind the mark of a string
     * @return the string
     */
    static String unescaped(String text) {
        int escape = text.indexOf('\\');
        if (escape < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        int from = 0;
        while (escape >= 0 && escape + 1 < text.length()) {
            out.append(text.substring(from, escape)).append(meant(text.charAt(escape + 1)));
            from = escape + 2;
            escape = text.indexOf('\\', from);
        }
        return out.append(text.substring(from)).toString();
    }

    private static char meant(char escaped) {
        return switch (escaped) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            default -> escaped;
        };
    }
}
