package dev.fireflytx.engine;

import dev.fireflytx.core.machine.Signal;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Signals that are due later, in the order of their time. Used by whoever holds the lock of {@link Commits}. */
final class Timers {
    /** One signal, for one run, at one time. */
    record Timer(long dueMs, long order, SagaRun run, Signal signal) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            return dueMs == other.dueMs ? Long.compare(order, other.order) : Long.compare(dueMs, other.dueMs);
        }
    }

    private final TreeSet<Timer> pending = new TreeSet<>();
    private long orders;
    private volatile long nextDueMs = Long.MAX_VALUE;

    /** Sets the run's timer for that signal, in the place of an earlier one. */
    void set(SagaRun run, Signal signal, long dueMs) {
        clear(run, signal);
        Timer timer = new Timer(dueMs, orders++, run, signal);
        run.timers().put(signal, timer);
        pending.add(timer);
        noteNext();
    }

    void clear(SagaRun run, Signal signal) {
        Timer timer = run.timers().remove(signal);
        if (timer != null) {
            pending.remove(timer);
            noteNext();
        }
    }

    void clearAll(SagaRun run) {
        run.timers().values().forEach(pending::remove);
        run.timers().clear();
        noteNext();
    }

    private void noteNext() {
        nextDueMs = pending.isEmpty() ? Long.MAX_VALUE : pending.first().dueMs();
    }

    int size() {
        return pending.size();
    }

    /** When the next signal is due; {@code Long.MAX_VALUE} without one. May be asked by any thread. */
    long nextDueMs() {
        return nextDueMs;
    }

    /** Takes the signals that are due. */
    List<Timer> takeDue(long nowMs) {
        List<Timer> due = new ArrayList<>();
        while (!pending.isEmpty() && pending.first().dueMs() <= nowMs) {
            Timer timer = pending.pollFirst();
            timer.run().timers().remove(timer.signal());
            due.add(timer);
        }
        noteNext();
        return due;
    }
}
