package dev.fireflytx.bridge;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The inputs that Python has said it keeps, by their runs' ids. A large input would cross with each task otherwise.
 *
 * <p>Python may drop one at any time, and asks then. From any thread.
 */
final class KeptInputs {
    private static final long MOST_CHARS = 32L << 20;

    private final Map<String, String> texts = new LinkedHashMap<>();
    private long chars;

    /** Notes one. The oldest are forgotten when they become too many, and cross again. */
    synchronized void add(String correlationId, String text) {
        if (texts.putIfAbsent(correlationId, text) == null) {
            chars += text.length();
        }
        Iterator<String> oldest = texts.values().iterator();
        while (chars > MOST_CHARS) {
            chars -= oldest.next().length();
            oldest.remove();
        }
    }

    /** Whether it is the very text that Python keeps: it may have asked for a saga that had begun with another one. */
    synchronized boolean has(String correlationId, String text) {
        return text.equals(texts.get(correlationId));
    }

    /** Forgets one; whether there was one. */
    synchronized boolean remove(String correlationId) {
        String removed = texts.remove(correlationId);
        chars -= removed == null ? 0 : removed.length();
        return removed != null;
    }

    synchronized void clear() {
        texts.clear();
        chars = 0;
    }
}
