package dev.fireflytx.engine;

import java.util.List;

/** A store whose process ends at its n-th append: before the batch is durable, or when it is and nothing has left yet. */
final class EdgeStore extends StoreAround {
    private final int edge;
    private int appends;

    /** Edges are counted from 0, two for each append: before it, and after it. */
    EdgeStore(Store kept, int edge) {
        super(kept);
        this.edge = edge;
    }

    /** The process has ended. */
    static final class Crash extends Error {
        private static final long serialVersionUID = 1L;
    }

    @Override
    public long append(List<Entry> batch) {
        crashAt(2 * appends);
        long number = kept.append(batch);
        crashAt(2 * appends++ + 1);
        return number;
    }

    private void crashAt(int reached) {
        if (reached == edge) {
            throw new Crash();
        }
    }
}
