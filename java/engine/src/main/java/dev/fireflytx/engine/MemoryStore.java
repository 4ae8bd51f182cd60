package dev.fireflytx.engine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps nothing but the last results. For tests, and for sagas that may be forgotten with their process. */
final class MemoryStore implements Store {
    private static final long ONLY_OWNER = 1;

    private final Map<String, EndedSaga> ended;
    private long batches;

    MemoryStore(int keptResults) {
        this.ended = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, EndedSaga> eldest) {
                return size() > keptResults;
            }
        };
    }

    @Override
    public long append(List<Entry> batch) {
        for (Entry entry : batch) {
            entry.end().ifPresent(end -> ended.put(entry.correlationId(), end));
        }
        return ++batches;
    }

    @Override
    public Optional<EndedSaga> ended(String correlationId) {
        return Optional.ofNullable(ended.get(correlationId));
    }

    @Override
    public long fence() {
        return ONLY_OWNER;
    }

    @Override
    public String description() {
        return "memory";
    }

    @Override
    public void close() {
        ended.clear();
    }
}
