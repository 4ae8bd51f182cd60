package dev.fireflytx.engine;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How many sagas of one name stand in one way, and how many of these are recent.
 *
 * @param saga their name
 * @param status how they stand
 * @param sagas how many there are
 * @param startedLastMinute how many of them started within the last minute
 * @param startedLastHour how many of them started within the last hour
 * @param changedLastMinute how many of them came to stand so within the last minute
 * @param changedLastHour how many of them came to stand so within the last hour
 */
public record SagaCount(String saga, SagaStatus status, long sagas, long startedLastMinute, long startedLastHour, long changedLastMinute,
        long changedLastHour) {
    /** How long the last minute is. */
    public static final long MINUTE_MS = TimeUnit.MINUTES.toMillis(1);

    /** How long the last hour is. */
    public static final long HOUR_MS = TimeUnit.HOURS.toMillis(1);

    /**
     * Counts one saga.
     *
     * @param saga what a listing tells of it
     * @param nowMs the time, by the engine's clock
     * @return the count
     */
    public static SagaCount of(Store.Header saga, long nowMs) {
        return new SagaCount(saga.saga(), saga.status(), 1, isSince(saga.startedMs(), nowMs - MINUTE_MS),
                isSince(saga.startedMs(), nowMs - HOUR_MS), isSince(saga.changedMs(), nowMs - MINUTE_MS),
                isSince(saga.changedMs(), nowMs - HOUR_MS));
    }

    private static long isSince(long atMs, long sinceMs) {
        return atMs >= sinceMs ? 1 : 0;
    }

    /**
     * Adds counts up, those of the same name and status together.
     *
     * @param parts counts of different sagas
     * @return one for each name and status
     */
    public static List<SagaCount> sum(List<SagaCount> parts) {
        record Kind(String saga, SagaStatus status) {}
        Map<Kind, SagaCount> sums = new LinkedHashMap<>();
        parts.forEach(part -> sums.merge(new Kind(part.saga(), part.status()), part, SagaCount::plus));
        return List.copyOf(sums.values());
    }

    private SagaCount plus(SagaCount other) {
        return new SagaCount(saga, status, sagas + other.sagas, startedLastMinute + other.startedLastMinute,
                startedLastHour + other.startedLastHour, changedLastMinute + other.changedLastMinute, changedLastHour + other.changedLastHour);
    }
}
