package dev.fireflytx.engine;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The other half of the loop: makes one turn durable after the other and lets it out, while the next one is being decided.
 *
 * <p>What is decided meanwhile gathers in one open turn, which is closed when the one before it is out. So nothing leaves before its own commit, and not
 * before an earlier one; and what waits longer is committed together. All state of sagas is owned by whoever holds the lock here: the loop's thread while
 * it decides, this one's thread while it closes a turn and lets one out, but not while it writes and syncs.
 */
final class Commits {
    private final Store store;
    private final Runs runs;
    private final Consumer<Consumer<Turn>> again;
    private final Runnable released;
    private final ReentrantLock sagas = new ReentrantLock();
    private final Condition changed = sagas.newCondition();
    private Turn open;
    private Turn closed; // only between two steps that are taken by hand
    private boolean ending;

    /** {@code again} takes questions that have to be asked again, {@code released} hears that a turn has been let out, and has set timers. */
    Commits(Store store, Runs runs, Consumer<Consumer<Turn>> again, Runnable released) {
        this.store = store;
        this.runs = runs;
        this.again = again;
        this.released = released;
    }

    /** Decides something in the open turn; a turn in which something broke is never made durable. */
    void decide(Consumer<Turn> work) {
        sagas.lock();
        try {
            Turn turn = open == null ? new Turn() : open;
            open = null;
            work.accept(turn);
            open = turn;
            changed.signal();
        } finally {
            sagas.unlock();
        }
    }

    /** Makes turns durable until {@link #end}, and then what is left. */
    void run() {
        for (Turn turn = next(); turn != null; turn = next()) {
            commit(turn);
        }
    }

    /** Nothing will be decided any more. */
    void end() {
        sagas.lock();
        ending = true;
        changed.signal();
        sagas.unlock();
    }

    private Turn next() {
        sagas.lock();
        try {
            while (open == null && !ending) {
                changed.awaitUninterruptibly();
            }
            return close();
        } finally {
            sagas.unlock();
        }
    }

    /** Closes the open turn, null without one: nothing is decided in it any more, and whoever has a place gets its values. */
    private Turn close() {
        Turn turn = open;
        if (turn != null) {
            runs.givePlaces(turn);
            open = null;
        }
        return turn;
    }

    private void commit(Turn turn) {
        Set<String> elsewhere = new HashSet<>();
        long tookNs = turn.append(store, elsewhere);
        store.prove();
        sagas.lock();
        try {
            if (tookNs > 0) {
                runs.tally().appended(tookNs);
            }
            if (!elsewhere.isEmpty()) {
                leaveOut(turn, elsewhere);
            }
            turn.release();
            runs.handOut();
        } finally {
            sagas.unlock();
        }
        runs.turnEnded();
        released.run();
    }

    /** Other engines have started these sagas a moment earlier: what was decided about them here, and since, has not happened. */
    private void leaveOut(Turn turn, Set<String> elsewhere) {
        List<Turn> decided = open == null ? List.of(turn) : List.of(turn, open);
        decided.forEach(each -> each.leaveOut(elsewhere).forEach(again));
        elsewhere.forEach(runs::discard);
    }

    /** By hand: closes the open turn, so that what is decided next comes into another one. */
    void closeTurn() {
        if (closed == null) {
            closed = close();
        }
    }

    /** By hand: commits the turn that was decided first; false without one. */
    boolean commitTurn() {
        closeTurn();
        Turn turn = closed;
        closed = null;
        if (turn != null) {
            commit(turn);
        }
        return turn != null;
    }
}
