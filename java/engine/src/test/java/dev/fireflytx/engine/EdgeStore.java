package dev.fireflytx.engine;

import java.util.List;
import java.util.Optional;

/** A store whose process ends at its n-th append: before the batch is durable, or when it is and nothing has left yet. */
final class EdgeStore implements Store {
    private final Store kept;
    private final int edge;
    private int appends;

    /** Edges are counted from 0, two for each append: before it, and after it. */
    EdgeStore(Store kept, int edge) {
        this.kept = kept;
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
        return kept.description();
    }

    @Override
    public void close() {
        kept.close();
    }
}
