package dev.fireflytx.engine;

import dev.fireflytx.core.definition.SagaPlan;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Takes over the sagas that another process has left in the store, page by page beside the engine's own work.
 *
 * <p>The store is read beside the loop; what is found is taken over on the loop's thread, where it can't race with the same saga being
 * taken over because somebody asked for it. The next page is read only then, so that a large store does not pile up in the loop's inbox.
 */
final class Recovery {
    private static final int PAGE = 200;

    private final Store store;
    private final Runs runs;
    private final Predicate<Consumer<Turn>> submit;
    private final Predicate<String> isRegistered;
    private final Executor reading;
    private final Set<Long> taken = new HashSet<>();
    private final Set<String> waitingNames = new HashSet<>();
    private final long newestLeft;
    private boolean begun;
    private boolean done;

    /** Remembers which sagas were in the store before this engine started any; {@code reading} is where the store is read. */
    Recovery(Store store, Runs runs, Predicate<Consumer<Turn>> submit, Predicate<String> isRegistered, Executor reading) {
        this.store = store;
        this.runs = runs;
        this.submit = submit;
        this.isRegistered = isRegistered;
        this.reading = reading;
        this.newestLeft = store.newest();
    }

    /** Begins to take over everything that was left; does nothing the second time. On the loop's thread. */
    void begin() {
        if (!begun) {
            begun = true;
            readAfter(0);
        }
    }

    /** {@return whether everything that was left has been looked at} On the loop's thread. */
    boolean isDone() {
        return done;
    }

    /** A saga's class has become known: those of its sagas that had to wait for it can go on. On the loop's thread. */
    void registered(String saga) {
        if (waitingNames.remove(saga)) {
            readAfter(0);
        }
    }

    /** Takes one saga over because somebody asks for it; null if its class is unknown. On the loop's thread. */
    SagaRun take(Turn turn, Store.StoredSaga saga) {
        String name = saga.header().saga();
        if (!isRegistered.test(name)) {
            waitingNames.add(name);
            return null;
        }
        note(saga);
        SagaRun run = SagaRun.restored(saga, SagaPlan.of(saga.definition()), store);
        runs.restore(turn, run);
        return run;
    }

    /** A saga that was left is in this engine's hands. On the loop's thread. */
    void note(Store.StoredSaga saga) {
        if (saga.header().number() <= newestLeft) {
            taken.add(saga.header().number());
        }
    }

    private void readAfter(long number) {
        reading.execute(() -> {
            try {
                List<Store.StoredSaga> page = store.unfinished(number, newestLeft, PAGE);
                submit.test(turn -> takeAll(turn, page));
            } catch (RuntimeException e) {
                submit.test(turn -> {
                    throw e; // a journal that can't be read must not go on being written
                });
            }
        });
    }

    private void takeAll(Turn turn, List<Store.StoredSaga> page) {
        for (Store.StoredSaga saga : page) {
            if (!taken.contains(saga.header().number())) {
                take(turn, saga);
            }
        }
        if (page.isEmpty()) {
            done = true;
        } else {
            readAfter(page.get(page.size() - 1).header().number());
        }
    }
}
