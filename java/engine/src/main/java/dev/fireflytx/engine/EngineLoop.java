package dev.fireflytx.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The one thread that owns every saga: takes all that waits, decides, makes it durable, lets the answers out.
 *
 * <p>Outcomes go before timers within a turn. After a gap of more than a second (a suspended process, a paused machine) the timers
 * wait for one round trip to the executor, so that no attempt is timed out whose outcome is already on its way; but not for ever, since
 * timeouts must hold even when the executor hangs.
 */
final class EngineLoop {
    private static final long GAP_MS = 1_000;
    private static final long LONGEST_HOLD_MS = 2_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wake = lock.newCondition();
    private final EngineClock clock;
    private final Store store;
    private final Runs runs;
    private final Consumer<Throwable> broken;
    private final Thread thread = new Thread(this::run, "fireflytx-engine");
    private Deque<Consumer<Turn>> inbox = new ArrayDeque<>();
    private boolean closing;
    private long lastTurnMs;
    private long timersHeldUntilMs;

    /** The last parameter is told when the loop has ended by a defect, or since a turn could not be made durable. */
    EngineLoop(EngineClock clock, Store store, Runs runs, Consumer<Throwable> broken) {
        this.clock = clock;
        this.store = store;
        this.runs = runs;
        this.broken = broken;
        thread.setDaemon(true);
    }

    /** Lets turns happen: on a thread of their own, or else whenever {@link #runTurn} is called. */
    void start(boolean onThread) {
        lastTurnMs = clock.nowMs();
        if (onThread) {
            thread.start();
        }
    }

    /** Has one turn on the caller's thread, if there is something to do; only without a thread of the loop's own. */
    boolean runTurn() {
        long dueMs = dueMs();
        if (closing || inbox.isEmpty() && clock.nowMs() < dueMs) {
            return false;
        }
        guarded(() -> turn(taken(dueMs)));
        return true;
    }

    /** Adds something to do on the loop's thread; false if the loop is closed. */
    boolean submit(Consumer<Turn> work) {
        lock.lock();
        try {
            if (!closing) {
                inbox.add(work);
                wake.signal();
            }
            return !closing;
        } finally {
            lock.unlock();
        }
    }

    /** Finishes what was submitted, then ends the thread. */
    void close() throws InterruptedException {
        lock.lock();
        try {
            closing = true;
            wake.signal();
        } finally {
            lock.unlock();
        }
        if (!isCalledByItself()) {
            thread.join();
        }
    }

    boolean isCalledByItself() {
        return Thread.currentThread() == thread;
    }

    private void run() {
        guarded(() -> {
            try {
                for (Deque<Consumer<Turn>> work = take(); work != null; work = take()) {
                    turn(work);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** The first defect is the last thing that happens: what is in memory may not be what the store has. */
    private void guarded(Runnable turns) {
        try {
            turns.run();
        } catch (RuntimeException | Error e) {
            refuseMore();
            broken.accept(e);
        }
    }

    private void refuseMore() {
        lock.lock();
        closing = true;
        lock.unlock();
    }

    private void turn(Deque<Consumer<Turn>> work) {
        Turn turn = new Turn();
        while (!work.isEmpty()) {
            work.remove().accept(turn); // and is forgotten: the loop may wait long for its next turn
        }
        fireTimers(turn);
        runs.givePlaces(turn);
        Set<String> elsewhere = turn.commit(store, runs.tally());
        runs.discard(elsewhere);
        turn.questionsAbout(elsewhere).forEach(this::submit);
        store.prove();
        runs.handOut();
        runs.turnEnded();
    }

    private void fireTimers(Turn turn) {
        long nowMs = clock.nowMs();
        if (timersHeldUntilMs > nowMs) {
            return;
        }
        timersHeldUntilMs = 0;
        runs.timers().takeDue(nowMs).forEach(timer -> runs.apply(turn, timer.run(), timer.signal()));
    }

    /** Waits until there is something to do; null when the loop is to end. */
    private Deque<Consumer<Turn>> take() throws InterruptedException {
        lock.lock();
        try {
            long dueMs = dueMs();
            while (inbox.isEmpty() && !closing && clock.nowMs() < dueMs) {
                sleepUntil(dueMs);
            }
            return inbox.isEmpty() && closing ? null : taken(dueMs);
        } finally {
            lock.unlock();
        }
    }

    private Deque<Consumer<Turn>> taken(long dueMs) {
        noticeGap(dueMs);
        Deque<Consumer<Turn>> taken = inbox;
        inbox = new ArrayDeque<>();
        return taken;
    }

    private long dueMs() {
        return Math.max(runs.timers().nextDueMs(), timersHeldUntilMs);
    }

    private void sleepUntil(long dueMs) throws InterruptedException {
        if (dueMs == Long.MAX_VALUE) {
            wake.await();
        } else {
            wake.await(Math.max(1, dueMs - clock.nowMs()), TimeUnit.MILLISECONDS);
        }
    }

    /** A timer that fires more than a second late, or a turn that took as long, means that this process stood still. */
    private void noticeGap(long dueMs) {
        long nowMs = clock.nowMs();
        boolean late = dueMs != Long.MAX_VALUE && nowMs - Math.max(dueMs, lastTurnMs) > GAP_MS;
        lastTurnMs = nowMs;
        if (late && timersHeldUntilMs == 0) {
            timersHeldUntilMs = nowMs + LONGEST_HOLD_MS;
            runs.roundTrip().whenComplete((done, failed) -> submit(turn -> timersHeldUntilMs = 0));
        }
    }
}
