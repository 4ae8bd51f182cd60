package dev.fireflytx.engine;

import dev.fireflytx.core.definition.SagaPlan;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Finds a saga wherever it is: running here, in the store, or in the hands of another engine. Lookups are the loop's thread's alone. */
final class SagaDirectory {
    private final Map<String, SagaPlan> plans = new ConcurrentHashMap<>();
    private final Store store;
    private final Runs runs;
    private final Recovery recovery;

    SagaDirectory(Store store, Runs runs, Recovery recovery) {
        this.store = store;
        this.runs = runs;
        this.recovery = recovery;
    }

    /** Makes a plan known under its name; from any thread. */
    void add(SagaPlan plan) {
        plans.put(plan.definition().name(), plan);
    }

    SagaPlan plan(String saga) {
        SagaPlan plan = plans.get(saga);
        if (plan == null) {
            throw unknownSaga(saga);
        }
        return plan;
    }

    /**
     * Finds a saga that is to be worked with: one that nobody runs is taken over, one that has ended is read.
     *
     * @return its run; empty if another engine runs it
     * @throws RefusedException if there is none, its class is unknown, or it ended too long ago
     */
    Optional<SagaRun> find(Turn turn, String correlationId) {
        Optional<SagaRun> running = runs.find(correlationId);
        return running.isPresent() ? running
                : stored(turn, store.find(correlationId).orElseThrow(() -> RefusedException.unknownId(correlationId)));
    }

    /** As {@link #find}; one that has ended becomes this engine's, so that no other one reopens it at the same time. */
    Optional<SagaRun> findToChange(Turn turn, String correlationId) {
        Optional<SagaRun> run = find(turn, correlationId);
        while (run.isPresent() && runs.find(correlationId).isEmpty()) {
            if (!store.claim(store.find(correlationId).stream().toList()).isEmpty()) {
                return store.load(correlationId).map(this::ended); // as it stands now that nobody else can change it
            }
            run = find(turn, correlationId);
        }
        return run;
    }

    /**
     * Finds a saga that has ended and that this engine must not reopen: it only observes, or has no code of it. Whoever has the code is to be
     * asked.
     */
    Optional<Store.StoredSaga> endedForOthers(String correlationId) {
        if (runs.find(correlationId).isPresent()) {
            return Optional.empty();
        }
        return store.find(correlationId)
                .filter(saga -> saga.status().isEnd() && !isRunnable(saga))
                .map(saga -> store.load(correlationId).orElseThrow(() -> RefusedException.expired(saga)));
    }

    private boolean isRunnable(Store.Header saga) {
        return !store.isReadOnly() && plans.containsKey(saga.saga());
    }

    /** Whether what is asked about a saga is for this engine to answer: it runs here, or is taken now since it has ended and can run here. */
    boolean isAnsweredHere(String correlationId) {
        try {
            return runs.find(correlationId).isPresent() || store.find(correlationId).filter(this::isOwnNow).isPresent();
        } catch (RefusedException e) {
            return true; // it can't be read, which is the answer
        }
    }

    private boolean isOwnNow(Store.Header saga) {
        return saga.owner() == store.owner()
                || saga.status().isEnd() && isRunnable(saga) && !store.isElsewhere(saga) && !store.claim(List.of(saga)).isEmpty();
    }

    private Optional<SagaRun> stored(Turn turn, Store.Header saga) {
        if (!saga.status().isEnd()) {
            if (store.isElsewhere(saga)) {
                return Optional.empty();
            }
            plan(saga.saga());
        }
        Store.StoredSaga stored = store.load(saga.correlationId()).orElseThrow(() -> RefusedException.expired(saga));
        return stored.header().status().isEnd() ? Optional.of(ended(stored)) : Optional.ofNullable(recovery.take(turn, stored));
    }

    private SagaRun ended(Store.StoredSaga saga) {
        recovery.note(saga); // a person may reopen it here, and then nobody else is to take it over
        return SagaRun.stopped(saga, store);
    }

    /**
     * Finds the saga that a start would be, and makes sure that it is the same.
     *
     * @return whether there is one; the engine that runs it may be another one
     * @throws RefusedException if it is another saga, or the same with another input
     */
    boolean isStarted(StartRequest request, String inputHash) {
        Optional<SagaRun> run = runs.find(request.correlationId());
        if (run.isPresent()) {
            Identity.checkSame(request, inputHash, run.get().saga(), run.get().inputHash());
            return true;
        }
        if (request.isNewId() && !runs.isDiscarded(request.correlationId())) {
            return false; // looking for it would cost more than the rest of the start
        }
        recovery.checkReadable(request.correlationId());
        Optional<Store.Header> saga = store.find(request.correlationId());
        saga.ifPresent(found -> Identity.checkSame(request, inputHash, found.saga(), found.inputHash()));
        return saga.isPresent();
    }

    /** How a saga stands. */
    SagaInfo info(String correlationId) {
        recovery.checkReadable(correlationId);
        return runs.find(correlationId)
                .map(run -> new SagaInfo(correlationId, run.saga(), SagaStatus.of(run.state())))
                .or(() -> store.find(correlationId)
                        .map(saga -> new SagaInfo(correlationId, saga.saga(), saga.status())))
                .orElseThrow(() -> RefusedException.unknownId(correlationId));
    }

    /** What the executor held while its engine was replaced may come before recovery has come to its saga. */
    void takeOverIfLeft(Turn turn, String correlationId) {
        if (recovery.isDone() || runs.find(correlationId).isPresent()) {
            return;
        }
        try {
            store.find(correlationId)
                    .filter(saga -> !saga.status().isEnd() && plans.containsKey(saga.saga()))
                    .ifPresent(saga -> stored(turn, saga));
        } catch (RefusedException e) {
            // it can't be read, as recovery will say: its outcome has nowhere to go
        }
    }

    private RefusedException unknownSaga(String name) {
        String known = plans.isEmpty() ? "none" : String.join(", ", plans.keySet().stream().sorted().toList());
        return new RefusedException(RefusedException.Code.UNKNOWN_SAGA, "No saga named '" + name + "' is registered. Registered: " + known + ".");
    }
}
