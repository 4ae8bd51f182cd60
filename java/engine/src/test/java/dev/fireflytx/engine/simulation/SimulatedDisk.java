package dev.fireflytx.engine.simulation;

import dev.fireflytx.engine.StoreAround;
import dev.fireflytx.engine.StoreException;
import dev.fireflytx.engine.Stores;
import java.util.List;

/**
 * A durable store on a disk that fails when it is told to: before a batch is durable, or after, which nobody can tell from each other then.
 */
final class SimulatedDisk extends StoreAround {
    private final Journal journal;
    private final long fence;
    private Fault fault = Fault.NONE;
    private int appendsUntilFault;
    private boolean broken;

    /** What goes wrong with an append. */
    enum Fault {
        /** Nothing. */
        NONE,
        /** The write fails, and nothing of the batch is there. */
        LOST,
        /** The sync fails, but the batch is there. */
        KEPT,
        /** The process ends before the batch is durable. */
        CRASH_BEFORE,
        /** The process ends when the batch is durable and nothing has left yet. */
        CRASH_AFTER
    }

    /** Opens what an earlier owner left. */
    SimulatedDisk(Journal journal, long fence) {
        super(Stores.memory());
        this.journal = journal;
        this.fence = fence;
        journal.entries().forEach(entry -> kept.append(List.of(entry)));
    }

    /** The n-th append from now goes wrong. */
    void breakAfter(int appends, Fault how) {
        appendsUntilFault = appends;
        fault = how;
    }

    @Override
    public long append(List<Entry> batch) {
        Violation.unless(!broken, "written to after a write that failed", batch);
        Fault now = fault != Fault.NONE && appendsUntilFault-- == 0 ? fault : Fault.NONE;
        if (now == Fault.NONE || now == Fault.KEPT || now == Fault.CRASH_AFTER) {
            journal.add(batch);
        }
        if (now != Fault.NONE) {
            fail(now);
        }
        return kept.append(batch);
    }

    private void fail(Fault now) {
        broken = true;
        if (now == Fault.CRASH_BEFORE || now == Fault.CRASH_AFTER) {
            throw new SimulatedCrash();
        }
        throw new StoreException("simulated: the disk has failed");
    }

    boolean isBroken() {
        return broken;
    }

    @Override
    public long fence() {
        return fence;
    }

    @Override
    public String description() {
        return "simulated";
    }
}
