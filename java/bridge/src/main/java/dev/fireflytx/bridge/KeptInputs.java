package dev.fireflytx.bridge;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The inputs that Python has said it keeps, each under a number of Python's, by their runs' ids. A large input would cross with each task otherwise.
 *
 * <p>Python may drop one at any time, and asks then. From any thread.
 */
final class KeptInputs {
    private static final long MOST_CHARS = 32L << 20;

    private final Map<String, Kept> inputs = new LinkedHashMap<>();
    private long chars;

    private record Kept(long number, String text) {}

    /** Notes one. The oldest are forgotten when they become too many, and cross again. */
    synchronized void add(String correlationId, long number, String text) {
        if (inputs.putIfAbsent(correlationId, new Kept(number, text)) == null) {
            chars += text.length();
        }
        Iterator<Kept> oldest = inputs.values().iterator();
        while (chars > MOST_CHARS) {
            chars -= oldest.next().text().length();
            oldest.remove();
        }
    }

    /** The number of the very text that Python keeps of a run: it may have asked for one that had begun with another text. */
    synchronized OptionalLong find(String correlationId, String text) {
        Kept kept = inputs.get(correlationId);
        return kept != null && kept.text().equals(text) ? OptionalLong.of(kept.number()) : OptionalLong.empty();
    }

    /** Forgets that of a run, and gives its number if there was one. */
    synchronized OptionalLong remove(String correlationId) {
        Kept removed = inputs.remove(correlationId);
        chars -= removed == null ? 0 : removed.text().length();
        return removed == null ? OptionalLong.empty() : OptionalLong.of(removed.number());
    }

    synchronized void clear() {
        inputs.clear();
        chars = 0;
    }
}
