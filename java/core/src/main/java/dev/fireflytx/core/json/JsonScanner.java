package dev.fireflytx.core.json;

/**
 * Walks over JSON text (RFC 8259) without building anything: values stay the text that they are.
 *
 * <p>Numbers and strings are never converted on the way through, so {@code 1.10}, {@code -0.0} and a number of thirty digits come out as
 * they came in. A scanner is used by one thread.
 */
public final class JsonScanner {
    private static final int MAX_DEPTH = 512;
    private static final String HALF_A_PAIR = "half of a surrogate pair in a string";

    private final String text;
    private int at;

    /**
     * @param text what to walk over
     */
    public JsonScanner(String text) {
        this.text = text;
    }

    /** {@return the index of the next character} */
    public int position() {
        return at;
    }

    /** {@return the next character that is not white space, without taking it; 0 at the end} */
    public char peek() {
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
        return at < text.length() ? text.charAt(at) : 0;
    }

    /**
     * Takes a character.
     *
     * @param wanted which one
     * @throws JsonException if another one comes
     */
    public void expect(char wanted) {
        if (peek() != wanted) {
            throw wrong("expected '" + wanted + "'");
        }
        at++;
    }

    /**
     * Takes a character if it comes next.
     *
     * @param wanted which one
     * @return whether it did
     */
    public boolean accept(char wanted) {
        boolean comes = peek() == wanted;
        at += comes ? 1 : 0;
        return comes;
    }

    /**
     * Makes sure that nothing follows.
     *
     * @throws JsonException if something does
     */
    public void end() {
        if (peek() != 0 || at < text.length()) {
            throw wrong("expected the end of the text");
        }
    }

    /**
     * Takes a value of any kind.
     *
     * @return its text, without the white space around it
     * @throws JsonException if it is malformed
     */
    public String value() {
        peek();
        int start = at;
        skipValue(0);
        return text.substring(start, at);
    }

    /**
     * Takes a string.
     *
     * @return its characters, unescaped
     * @throws JsonException if it is malformed
     */
    public String string() {
        peek();
        int start = at + 1;
        boolean plain = skipString();
        return plain ? text.substring(start, at - 1) : JsonStrings.unescape(text, start, at - 1);
    }

    /** Takes a string, and writes it with the shortest escapes: as it is, if it has none. */
    void appendString(StringBuilder out) {
        peek();
        int start = at;
        if (skipString()) {
            out.append(text.substring(start, at));
        } else {
            JsonStrings.appendQuoted(out, JsonStrings.unescape(text, start + 1, at - 1));
        }
    }

    /** Refuses what recursion could not walk over. */
    void checkDepth(int depth) {
        if (depth > MAX_DEPTH) {
            throw wrong("nested deeper than " + MAX_DEPTH + " levels");
        }
    }

    private void skipValue(int depth) {
        checkDepth(depth);
        switch (peek()) {
            case '{' -> skipObject(depth);
            case '[' -> skipArray(depth);
            case '"' -> skipString();
            case 't' -> skipWord("true");
            case 'f' -> skipWord("false");
            case 'n' -> skipWord("null");
            default -> skipNumber();
        }
    }

    private void skipObject(int depth) {
        expect('{');
        if (accept('}')) {
            return;
        }
        do {
            peek();
            skipString();
            expect(':');
            skipValue(depth + 1);
        } while (accept(','));
        expect('}');
    }

    private void skipArray(int depth) {
        expect('[');
        if (accept(']')) {
            return;
        }
        do {
            skipValue(depth + 1);
        } while (accept(','));
        expect(']');
    }

    /** Returns whether the string has no escapes. */
    private boolean skipString() {
        if (at >= text.length() || text.charAt(at) != '"') {
            throw wrong("expected a string");
        }
        boolean plain = true;
        for (at = plainUntil(at + 1); at < text.length(); at = plainUntil(at + 1)) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return plain;
            }
            if (c < ' ') {
                throw wrong("a control character in a string");
            }
            if (c == '\\') {
                plain = false;
                skipEscape();
            } else {
                skipPair(c);
            }
        }
        throw wrong("a string without an end");
    }

    /** The index of the first character, from here on, that is not simply one of a string's. A loop over a local: most of a text is seen here alone. */
    private int plainUntil(int from) {
        int i = from;
        while (i < text.length() && isPlain(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private static boolean isPlain(char c) {
        return c >= ' ' && c != '"' && c != '\\' && !Character.isSurrogate(c);
    }

    /** Stops at the escape's last character. */
    private void skipEscape() {
        at++;
        char c = at < text.length() ? text.charAt(at) : 0;
        if (c == 'u') {
            skipUnicode();
        } else if ("\"\\/bfnrt".indexOf(c) < 0 || c == 0) {
            throw wrong("an unknown escape in a string");
        }
    }

    /** Half a surrogate pair is no character: it could not be written as UTF-8. */
    private void skipUnicode() {
        char c = hex();
        if (Character.isHighSurrogate(c) && text.startsWith("\\u", at + 1)) {
            at += 2;
            skipLow(hex());
        } else if (Character.isSurrogate(c)) {
            throw wrong(HALF_A_PAIR);
        }
    }

    private void skipPair(char first) {
        at++;
        if (!Character.isHighSurrogate(first) || at >= text.length()) {
            throw wrong(HALF_A_PAIR);
        }
        skipLow(text.charAt(at));
    }

    private void skipLow(char c) {
        if (!Character.isLowSurrogate(c)) {
            throw wrong(HALF_A_PAIR);
        }
    }

    private char hex() {
        int code = 0;
        for (int i = 0; i < 4; i++) {
            at++;
            int digit = at < text.length() && text.charAt(at) <= 'f' ? Character.digit(text.charAt(at), 16) : -1;
            if (digit < 0) {
                throw wrong("a bad \\u escape in a string");
            }
            code = code << 4 | digit;
        }
        return (char) code;
    }

    private void skipWord(String word) {
        if (!text.startsWith(word, at)) {
            throw wrong("expected a value");
        }
        at += word.length();
    }

    private void skipNumber() {
        int start = at;
        if (at < text.length() && text.charAt(at) == '-') {
            at++;
        }
        int digits = at;
        skipDigits("expected a value");
        if (text.charAt(digits) == '0' && at > digits + 1) {
            at = start;
            throw wrong("a number with a leading zero");
        }
        if (at < text.length() && text.charAt(at) == '.') {
            at++;
            skipDigits("a number without digits behind its point");
        }
        if (at < text.length() && (text.charAt(at) | 0x20) == 'e') {
            at++;
            if (at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-')) {
                at++;
            }
            skipDigits("a number without digits in its exponent");
        }
    }

    private void skipDigits(String problem) {
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        if (at == start) {
            throw wrong(problem);
        }
    }

    private JsonException wrong(String problem) {
        return new JsonException("not valid JSON at character " + at + ": " + problem);
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\n' || c == '\t' || c == '\r';
    }
}
