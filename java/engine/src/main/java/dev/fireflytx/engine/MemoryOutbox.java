package dev.fireflytx.engine;

import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The events of a memory store. They take only so much room: while nobody takes them the oldest are dropped. */
final class MemoryOutbox implements EventOutbox {
    /** How large they may be altogether, in characters of JSON. */
    static final long MOST_CHARS = 64L << 20;

    private static final long ONLY_STREAM = 1;

    private final Deque<Waiting> events = new ArrayDeque<>();
    private final long mostChars;
    private long numbers;
    private long chars;
    private boolean hasDropped;

    MemoryOutbox() {
        this(MOST_CHARS);
    }

    MemoryOutbox(long mostChars) {
        this.mostChars = mostChars;
    }

    synchronized void add(List<String> added) {
        for (String event : added) {
            events.add(new Waiting(ONLY_STREAM, ++numbers, event));
            chars += event.length();
        }
        while (chars > mostChars && events.size() > 1) {
            drop();
            complain();
        }
    }

    private void drop() {
        chars -= events.remove().event().length();
    }

    private void complain() {
        if (!hasDropped) {
            hasDropped = true;
            System.getLogger(EngineLog.LOGGER).log(Level.WARNING, "Nobody takes events, and those that wait in memory are over " + mostChars
                    + " characters: the oldest are dropped. A journal would keep them all.");
        }
    }

    @Override
    public List<Long> takeOver() {
        return List.of(ONLY_STREAM);
    }

    @Override
    public synchronized List<Waiting> read(long stream, long after, int limit) {
        return events.stream().dropWhile(event -> event.number() <= after).limit(limit).toList();
    }

    @Override
    public synchronized void published(long stream, long upTo) {
        while (!events.isEmpty() && events.peek().number() <= upTo) {
            drop();
        }
        hasDropped &= !events.isEmpty();
    }

    @Override
    public void forget() {
        // nothing is kept for longer than it must be
    }
}
