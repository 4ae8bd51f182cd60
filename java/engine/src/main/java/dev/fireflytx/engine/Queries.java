package dev.fireflytx.engine;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** What an engine's store tells of its sagas. It is read beside the engine's loop, which has sagas to run. Safe from any thread. */
final class Queries implements AutoCloseable {
    private final Store store;
    private final Executor reading;
    private final BackgroundReader counting = new BackgroundReader("fireflytx-count");
    private final BackgroundReader verifying = new BackgroundReader("fireflytx-verify");
    private final Census census;
    private final Answers answers;
    private final Predicate<Consumer<Turn>> submit;

    /** What takes long, a check of everything above all, must not hold up what else is read. */
    Queries(Store store, EngineClock clock, Executor reading, Answers answers, Predicate<Consumer<Turn>> submit) {
        this.store = store;
        this.reading = reading;
        this.answers = answers;
        this.submit = submit;
        this.census = new Census(store, clock, System::nanoTime);
    }

    /**
     * Lists sagas, the newest start first.
     *
     * @param query which ones
     * @return what the store tells of them; fails with {@link RefusedException} when the engine is closed
     */
    public CompletableFuture<List<Store.Header>> list(Store.Query query) {
        return read(reading, () -> store.list(query));
    }

    /**
     * Tells all that has happened to a saga.
     *
     * @param correlationId its id
     * @return its definition and its facts; fails with {@link RefusedException}
     */
    public CompletableFuture<Store.StoredSaga> history(String correlationId) {
        return read(reading, () -> load(correlationId));
    }

    private Store.StoredSaga load(String correlationId) {
        return store.load(correlationId).orElseThrow(() -> store.find(correlationId)
                .map(RefusedException::expired).orElseGet(() -> RefusedException.unknownId(correlationId)));
    }

    /**
     * Tells how a saga stands.
     *
     * @param correlationId its id
     * @param newerThan the version that the caller has
     * @return the saga; empty if it still has that version; fails with {@link RefusedException}
     */
    public CompletableFuture<Optional<SagaInspection>> inspect(String correlationId, long newerThan) {
        return read(reading, () -> newerThan > 0 && store.turns(correlationId) == newerThan
                ? Optional.empty() : Optional.of(Inspector.inspect(load(correlationId), store)));
    }

    /**
     * Counts sagas by name and status.
     *
     * @return one for each name and status that occur; fails with {@link RefusedException} when the engine is closed
     */
    public CompletableFuture<List<SagaCount>> count() {
        return read(counting, census::counts);
    }

    /**
     * Reads everything that the store holds, and checks it.
     *
     * @return what was found; fails with {@link RefusedException} when the engine is closed
     */
    public CompletableFuture<StoreReport> verify() {
        return read(verifying, () -> store.verify(SagaCheck::problem));
    }

    /** Reads when everything asked for earlier is durable, so that whoever started a saga finds it. */
    private <T> CompletableFuture<T> read(Executor by, Supplier<T> question) {
        Answers.Answer<T> answer = answers.open();
        boolean taken = submit.test(turn -> turn.whenDurable(() -> by.execute(() -> answerFrom(question, answer))));
        if (!taken) {
            answer.fail(new RefusedException(RefusedException.Code.CLOSING, "The engine is closed."));
        }
        return answer.future();
    }

    private static <T> void answerFrom(Supplier<T> question, Answers.Answer<T> answer) {
        try {
            answer.done(question.get());
        } catch (RuntimeException e) {
            answer.fail(e);
        }
    }

    /** Drops what waits, and waits for what is being read. */
    @Override
    public void close() {
        verifying.close();
        counting.close();
    }
}
