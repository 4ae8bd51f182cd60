package dev.fireflytx.engine;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Counts what an engine does. Used by whoever holds the lock of {@link Commits}; it counts always, since that costs next to nothing. */
final class Tally {
    /** The sagas of one name. */
    private static final class Counts {
        private long started;
        private int active;
        private int parked;
        private final long[] ended = new long[SagaStatus.values().length];

        private EngineStats.Sagas snapshot() {
            Map<SagaStatus, Long> byStatus = new EnumMap<>(SagaStatus.class);
            for (SagaStatus status : SagaStatus.values()) {
                if (ended[status.ordinal()] > 0) {
                    byStatus.put(status, ended[status.ordinal()]);
                }
            }
            return new EngineStats.Sagas(started, byStatus, active, parked);
        }
    }

    private final Map<String, Counts> sagas = new HashMap<>();
    private long appends;
    private long appendNs;

    private Counts of(String saga) {
        return sagas.computeIfAbsent(saga, name -> new Counts());
    }

    /** Sagas were started, or -1: another engine had started that one. */
    void started(String saga, int count) {
        of(saga).started += count;
    }

    /** A saga is held from now on, or -1: no more. */
    void held(SagaRun run, int count) {
        Counts counts = of(run.saga());
        counts.active += count;
        counts.parked += run.state().isParked() ? count : 0;
    }

    void changed(String saga, boolean wasParked, boolean isParked) {
        if (wasParked != isParked) {
            of(saga).parked += isParked ? 1 : -1;
        }
    }

    /** A saga has ended, and is not held any more. */
    void ended(SagaRun run) {
        held(run, -1);
        of(run.saga()).ended[SagaStatus.of(run.state()).ordinal()]++;
    }

    void appended(long tookNs) {
        appends++;
        appendNs += tookNs;
    }

    EngineStats stats(EngineStats.Load load) {
        Map<String, EngineStats.Sagas> byName = new TreeMap<>();
        sagas.forEach((name, counts) -> byName.put(name, counts.snapshot()));
        return new EngineStats(load, byName, appends, appendNs);
    }
}
