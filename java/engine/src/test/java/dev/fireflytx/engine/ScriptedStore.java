package dev.fireflytx.engine;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** A memory store that records what it is given, and that a test can hold up or break. */
final class ScriptedStore implements Store {
    private final Store kept = Stores.memory();
    private final List<Entry> entries = new CopyOnWriteArrayList<>();
    private volatile CountDownLatch entered;
    private volatile CountDownLatch gate;
    private volatile RuntimeException defect;

    @Override
    public long append(List<Entry> batch) {
        CountDownLatch closedGate = gate;
        if (closedGate != null) {
            entered.countDown();
            TestEngine.await(closedGate);
        }
        if (defect != null) {
            throw defect;
        }
        entries.addAll(batch);
        return kept.append(batch);
    }

    /** From now on an append waits until {@link #open}. */
    void hold() {
        entered = new CountDownLatch(1);
        gate = new CountDownLatch(1);
    }

    /** Waits until an append waits. */
    void awaitAppend() {
        TestEngine.await(entered);
    }

    void open() {
        CountDownLatch closedGate = gate;
        gate = null;
        closedGate.countDown();
    }

    void breakWith(RuntimeException why) {
        defect = why;
    }

    List<Entry> entries() {
        return entries;
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
    public List<StoredSaga> unfinished(long after, long upTo, int limit) {
        return kept.unfinished(after, upTo, limit);
    }

    @Override
    public List<Header> list(Query query) {
        return kept.list(query);
    }

    @Override
    public long unfinishedCount() {
        return kept.unfinishedCount();
    }

    @Override
    public long newest() {
        return kept.newest();
    }

    @Override
    public long fence() {
        return kept.fence();
    }

    @Override
    public String description() {
        return "scripted";
    }

    @Override
    public void close() {
        kept.close();
    }
}
