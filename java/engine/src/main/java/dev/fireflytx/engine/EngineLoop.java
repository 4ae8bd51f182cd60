package dev.fireflytx.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The thread that decides: takes all that waits, and has {@link Commits} make it durable and let the answers out.
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
    private final Runs runs;
    private final Commits commits;
    private final boolean isCommittingItself;
    private final Consumer<Throwable> broken;
    private final Thread thread = new Thread(this::run, "fireflytx-engine");
    private final Thread committer = new Thread(this::commit, "fireflytx-commits");
    private Deque<Consumer<Turn>> inbox = new ArrayDeque<>();
    private boolean closing;
    private long asleepUntilMs;
    private long lastTurnMs;
    private long timersHeldUntilMs;

    /** The last parameter is told when the loop has ended by a defect, or since a turn could not be made durable. */
    EngineLoop(EngineClock clock, Store store, Runs runs, Consumer<Throwable> broken) {
        this.clock = clock;
        this.runs = runs;
        this.commits = new Commits(store, runs, this::submit, this::timersHaveChanged);
        this.isCommittingItself = store.isQuick();
        this.broken = broken;
        thread.setDaemon(true);
        committer.setDaemon(true);
    }

    /** Lets turns happen: on a thread of their own, or else whenever {@link #runTurn} is called. */
    void start(boolean onThread) {
        lastTurnMs = clock.nowMs();
        if (onThread) {
            thread.start();
            if (!isCommittingItself) {
                committer.start();
            }
        }
    }

    /** Decides what is due and commits all turns, on the caller's thread; false if there was nothing to do. Only without threads of the loop's own. */
    boolean runTurn() {
        boolean hasDecided = decideTurn();
        boolean hasCommitted = false;
        while (!closing && commitTurn()) {
            hasCommitted = true;
        }
        return hasDecided || hasCommitted;
    }

    /** By hand: decides what is due, in a turn that is not committed yet; false if there was nothing. */
    boolean decideTurn() {
        long dueMs = dueMs();
        if (closing || inbox.isEmpty() && clock.nowMs() < dueMs) {
            return false;
        }
        guarded(() -> {
            decide(taken(dueMs));
            commits.closeTurn();
        });
        return true;
    }

    private boolean commitTurn() {
        boolean[] hasCommitted = {false};
        guarded(() -> hasCommitted[0] = commits.commitTurn());
        return hasCommitted[0];
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
            committer.join();
        }
    }

    boolean isCalledByItself() {
        return Thread.currentThread() == thread || Thread.currentThread() == committer;
    }

    private void run() {
        guarded(() -> {
            try {
                for (Deque<Consumer<Turn>> work = take(); work != null; work = take()) {
                    decide(work);
                    if (isCommittingItself) {
                        commits.commitTurn();
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        commits.end();
    }

    private void commit() {
        guarded(commits::run);
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

    private void decide(Deque<Consumer<Turn>> work) {
        commits.decide(turn -> {
            while (!work.isEmpty()) {
                work.remove().accept(turn); // and is forgotten: the loop may wait long for its next turn
            }
            fireTimers(turn);
        });
    }

    private void timersHaveChanged() {
        lock.lock();
        try {
            if (runs.timers().nextDueMs() < asleepUntilMs) {
                wake.signal();
            }
        } finally {
            lock.unlock();
        }
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
                dueMs = dueMs();
            }
            asleepUntilMs = 0;
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
        asleepUntilMs = dueMs;
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
