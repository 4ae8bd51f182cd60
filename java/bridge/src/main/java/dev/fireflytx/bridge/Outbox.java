package dev.fireflytx.bridge;

import dev.fireflytx.core.json.JsonWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * What waits to be received, cut into numbered batches.
 *
 * <p>Batch n is built once and kept until n+1 is asked for, so a call whose answer was lost can be made again.
 */
final class Outbox {
    private static final int BATCH_LIMIT_CHARS = 1 << 20;

    /** Both processes have work at once then: with 256 sagas in one batch each waits for the other. */
    private static final int MOST_ITEMS = 64;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<String> items = new ArrayDeque<>();
    private final long longestWaitMs;
    private String session = "";
    private long batch;
    private String batchText = "";
    private long caller;
    private long durableUpto;
    private long toldDurableUpto;
    private final Deque<Mark> marks = new ArrayDeque<>();
    private Supplier<OptionalLong> fresh = OptionalLong::empty;
    private long gathered;
    private long said;

    /** That a send is durable may be said when everything that was gathered by then has been said: its refusals come first. */
    private record Mark(long gathered, long durableUpto) {}

    Outbox(long longestWaitMs) {
        this.longestWaitMs = longestWaitMs;
    }

    /** Every batch tells when the engine last knew that it owns what it runs. */
    void tellFreshness(Supplier<OptionalLong> provedMs) {
        fresh = provedMs;
    }

    /** Adds something to say, and says it. */
    void add(String item) {
        gather(item);
        flush();
    }

    /** Adds something to say with the rest of this turn; a waiting call is not woken for each item. */
    void gather(String item) {
        lock.lock();
        try {
            items.add(item);
            gathered++;
        } finally {
            lock.unlock();
        }
    }

    /** Says what was gathered; a waiting call is not woken for nothing. */
    void flush() {
        lock.lock();
        try {
            if (hasNews()) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Everything that was sent up to this number in this session is durable; said with the rest of this turn. */
    void durable(String ofSession, long seq) {
        lock.lock();
        try {
            if (session.equals(ofSession)) {
                durableUpto = Math.max(durableUpto, seq);
                marks.add(new Mark(gathered, durableUpto));
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Begins a session. Answers and cancels that may not have arrived are said again; tasks of the old session are not, since
     * {@code hello} told which attempts really run.
     */
    void begin(String newSession) {
        lock.lock();
        try {
            Deque<String> again = new ArrayDeque<>(Texts.split(batchText).stream().skip(1).toList());
            again.addAll(items);
            items.clear();
            again.stream().filter(Outbox::outlivesSession).forEach(items::add);
            session = newSession;
            batch = 0;
            batchText = "";
            durableUpto = 0;
            toldDurableUpto = 0;
            marks.clear();
            said = 0;
            gathered = items.size();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static boolean outlivesSession(String item) {
        return !item.startsWith("{\"type\":\"task\"") && !item.startsWith("{\"type\":\"ping\"");
    }

    /** The text of batch n, now or as soon as there is something to say. */
    String receive(String ofSession, long wanted) throws InterruptedException {
        lock.lock();
        try {
            CallError.unless(!session.isEmpty(), "no-session", "Say hello first.");
            CallError.unless(session.equals(ofSession), "no-session", "This session has ended; say hello first.");
            if (wanted == batch && batch > 0) {
                return batchText;
            }
            CallError.unless(wanted == batch + 1, "out-of-order",
                    "Expected batch " + (batch + 1) + " or " + batch + " again, got " + wanted + ".");
            return await(ofSession, wanted);
        } finally {
            lock.unlock();
        }
    }

    private String await(String ofSession, long wanted) throws InterruptedException {
        long me = ++caller;
        changed.signalAll();
        long leftNs = TimeUnit.MILLISECONDS.toNanos(longestWaitMs);
        while (me == caller && session.equals(ofSession) && !hasNews() && leftNs > 0) {
            leftNs = changed.awaitNanos(leftNs);
        }
        CallError.unless(session.equals(ofSession), "no-session", "This session has ended; say hello first.");
        if (me != caller) {
            return new JsonWriter()
                    .number("batch", wanted).number("durable_upto", toldDurableUpto).flag("superseded", true).build();
        }
        return build(wanted);
    }

    private boolean hasNews() {
        return !items.isEmpty() || durableUpto != toldDurableUpto;
    }

    private String build(long number) {
        List<String> taken = new ArrayList<>();
        int chars = 0;
        while (taken.size() < MOST_ITEMS && !items.isEmpty() && (taken.isEmpty() || chars + items.peek().length() < BATCH_LIMIT_CHARS)) {
            chars += items.peek().length() + 1;
            taken.add(items.remove());
        }
        said += taken.size();
        while (!marks.isEmpty() && marks.peek().gathered() <= said) {
            toldDurableUpto = marks.remove().durableUpto();
        }
        JsonWriter header = new JsonWriter().number("batch", number).number("durable_upto", toldDurableUpto);
        fresh.get().ifPresent(provedMs -> header.number("fresh_ms", provedMs));
        batch = number;
        batchText = Texts.join(header.build(), taken);
        return batchText;
    }
}
