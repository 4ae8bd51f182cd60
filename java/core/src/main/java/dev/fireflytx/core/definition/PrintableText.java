package dev.fireflytx.core.definition;

/** What names, ids and reasons are made of: they end up in logs, on terminals and in addresses. */
public final class PrintableText {
    private PrintableText() {}

    /**
     * Looks for control characters, such as line breaks, tabs and escapes.
     *
     * @param text any text
     * @return whether it has none
     */
    public static boolean isPrintable(String text) {
        return text.chars().noneMatch(Character::isISOControl);
    }

    /**
     * Judges a name or an id.
     *
     * @param text any text
     * @param maxCharacters the most that it may have
     * @return whether it is printable, not empty and not too long
     */
    public static boolean isName(String text, int maxCharacters) {
        return !text.isEmpty() && text.codePointCount(0, text.length()) <= maxCharacters && isPrintable(text);
    }
}
