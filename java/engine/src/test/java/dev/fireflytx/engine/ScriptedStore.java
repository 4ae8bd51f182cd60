package dev.fireflytx.engine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** A memory store that records what it is given, and that a test can hold up or break. */
final class ScriptedStore extends StoreAround {
    private final List<Entry> entries = new CopyOnWriteArrayList<>();
    private volatile CountDownLatch entered;
    private volatile CountDownLatch gate;
    private volatile RuntimeException defect;

    ScriptedStore() {
        super(Stores.memory());
    }

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
    public String description() {
        return "scripted";
    }
}
