package dev.fireflytx.engine;

import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Takes over the sagas in the store that nobody runs, page by page beside the engine's own work: those that it found there, and those of
 * other engines whose processes have died or are frozen.
 *
 * <p>The store is read beside the loop; what is found is taken over on the loop's thread, where it can't race with the same saga being
 * taken over because somebody asked for it. The next page is read only then, so that a large store does not pile up in the loop's inbox.
 */
final class Recovery {
    private static final int PAGE = 200;

    private final Store store;
    private final Runs runs;
    private final BesideLoop beside;
    private final BiConsumer<Turn, SagaRun> takenOver;
    private final EventPump pump;
    private final Set<String> registered = new HashSet<>();
    private final Set<Long> taken = new HashSet<>();
    private final Map<String, RefusedException> unreadable = new HashMap<>();
    private final long newestLeft;
    private boolean begun;
    private boolean done;

    /** Remembers which sagas were in the store before this engine started any; {@code takenOver} hears of each that is taken over. */
    Recovery(Store store, Runs runs, BesideLoop beside, BiConsumer<Turn, SagaRun> takenOver, EventPump pump) {
        this.store = store;
        this.runs = runs;
        this.beside = beside;
        this.takenOver = takenOver;
        this.pump = pump;
        this.newestLeft = store.newest();
    }

    /** Begins to take over everything that was left; does nothing the second time. On the loop's thread. */
    void begin() {
        if (!begun) {
            begun = true;
            readAfter(0, Set.copyOf(registered));
        }
    }

    /** {@return whether everything that was left has been looked at} On the loop's thread. */
    boolean isDone() {
        return done;
    }

    /** A saga's class has become known: those of its sagas that had to wait for it can go on. On the loop's thread. */
    void registered(String saga) {
        if (registered.add(saga) && begun) {
            readAfter(0, Set.of(saga));
        }
    }

    /** Another engine has left its sagas. On the loop's thread. */
    void left() {
        pump.takeOver(); // first: what it has to publish goes before what its sagas publish from now on
        if (begun) {
            readAfter(0, Set.copyOf(registered));
        }
    }

    /** How many sagas nobody runs. */
    long leftCount() {
        return store.leftCount(newestLeft);
    }

    void tellWhatIsLeft(EngineListener listener) {
        long left = leftCount();
        if (left > 0 && listener.isLogging(Level.INFO)) {
            listener.onLog(new EngineLog(Level.INFO, "Sagas are kept in '" + store.description() + "'. Unfinished: " + left
                    + "; each goes on when it is registered.", "", "", "", 0));
        }
    }

    /** Takes one saga over because somebody asks for it; null if another engine runs it. On the loop's thread. */
    SagaRun take(Turn turn, Store.StoredSaga saga) {
        boolean isOwn = saga.header().owner() == store.owner();
        return isOwn || store.claim(List.of(saga.header())).contains(saga.header().number()) ? restore(turn, saga) : null;
    }

    private SagaRun restore(Turn turn, Store.StoredSaga saga) {
        SagaRun run = SagaRun.restored(saga, store);
        note(saga);
        runs.restore(turn, run);
        takenOver.accept(turn, run);
        return run;
    }

    /** A saga that was left is in this engine's hands. On the loop's thread. */
    void note(Store.StoredSaga saga) {
        if (saga.header().number() <= newestLeft) {
            taken.add(saga.header().number());
        }
    }

    /**
     * Makes sure that a saga is not one that was left and can't be read. On the loop's thread.
     *
     * @throws RefusedException if it is
     */
    void checkReadable(String correlationId) {
        RefusedException why = unreadable.get(correlationId);
        if (why != null) {
            throw why;
        }
    }

    private void readAfter(long number, Set<String> sagas) {
        beside.read(() -> store.left(sagas, number, newestLeft, PAGE), (turn, page) -> takeAll(turn, page, sagas));
    }

    private void takeAll(Turn turn, Store.Page page, Set<String> sagas) {
        page.unreadable().forEach(saga -> refuse(turn, saga));
        // One that has just been started here, too, is left to that start, which is about to find out.
        List<Store.StoredSaga> found = page.sagas().stream().filter(saga -> runs.find(saga.header().correlationId()).isEmpty()).toList();
        Set<Long> claimed = claim(found);
        for (Store.StoredSaga saga : found) {
            boolean isOwn = saga.header().owner() == store.owner() && !taken.contains(saga.header().number());
            if (isOwn || claimed.contains(saga.header().number())) {
                restoreOrRefuse(turn, saga);
            }
        }
        if (page.last() == 0) {
            done = true;
        } else {
            readAfter(page.last(), sagas);
        }
    }

    private void restoreOrRefuse(Turn turn, Store.StoredSaga saga) {
        try {
            restore(turn, saga);
        } catch (RefusedException e) {
            refuse(turn, new Store.Unreadable(saga.header().correlationId(), saga.header().saga(), e));
        }
    }

    /** All others go on; this one is told of once. */
    private void refuse(Turn turn, Store.Unreadable saga) {
        if (unreadable.put(saga.correlationId(), saga.why()) == null) {
            turn.whenDurable(() -> runs.unreadable(saga));
        }
    }

    private Set<Long> claim(List<Store.StoredSaga> page) {
        List<Store.Header> others = page.stream().map(Store.StoredSaga::header).filter(saga -> saga.owner() != store.owner()).toList();
        return others.isEmpty() ? Set.of() : store.claim(others);
    }
}
