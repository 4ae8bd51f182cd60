package dev.fireflytx.engine;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** A store in front of another one, which does everything that a test does not change. */
public abstract class StoreAround implements Store {
    /** The one behind. */
    protected final Store kept;

    /**
     * Puts itself in front.
     *
     * @param kept the one behind
     */
    protected StoreAround(Store kept) {
        this.kept = kept;
    }

    @Override
    public long append(List<Entry> batch) {
        return kept.append(batch);
    }

    @Override
    public Optional<Header> find(String correlationId) {
        return kept.find(correlationId);
    }

    @Override
    public Optional<StoredSaga> load(String correlationId) {
        return kept.load(correlationId);
    }

    @Override
    public boolean isElsewhere(Header saga) {
        return kept.isElsewhere(saga);
    }

    @Override
    public boolean hasOthers() {
        return kept.hasOthers();
    }

    @Override
    public long ask(String correlationId, String body) {
        return kept.ask(correlationId, body);
    }

    @Override
    public void answer(long number, String answer) {
        kept.answer(number, answer);
    }

    @Override
    public Optional<String> answer(long number) {
        return kept.answer(number);
    }

    @Override
    public Optional<String> withdraw(long number) {
        return kept.withdraw(number);
    }

    @Override
    public void watch(Watcher watcher) {
        kept.watch(watcher);
    }

    @Override
    public Set<Long> claim(List<Header> sagas) {
        return kept.claim(sagas);
    }

    @Override
    public Page left(Set<String> sagas, long after, long upTo, int limit) {
        return kept.left(sagas, after, upTo, limit);
    }

    @Override
    public List<Header> list(Query query) {
        return kept.list(query);
    }

    @Override
    public long turns(String correlationId) {
        return kept.turns(correlationId);
    }

    @Override
    public List<SagaCount> count(long nowMs) {
        return kept.count(nowMs);
    }

    @Override
    public long leftCount(long upTo) {
        return kept.leftCount(upTo);
    }

    @Override
    public StoreReport verify(Function<StoredSaga, Optional<String>> check) {
        return kept.verify(check);
    }

    @Override
    public long newest() {
        return kept.newest();
    }

    @Override
    public EventOutbox outbox() {
        return kept.outbox();
    }

    @Override
    public long owner() {
        return kept.owner();
    }

    @Override
    public long fence() {
        return kept.fence();
    }

    @Override
    public String description() {
        return kept.description();
    }

    @Override
    public void close() {
        kept.close();
    }
}
