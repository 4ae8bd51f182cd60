package dev.fireflytx.engine;

import java.util.Map;

/**
 * What an engine has done since it was built, and what it holds at a moment.
 *
 * @param load what it holds
 * @param sagas the same by the names of sagas
 * @param appends how many batches of facts it has made durable
 * @param appendNs how long that took in all, in nanoseconds
 */
public record EngineStats(Load load, Map<String, Sagas> sagas, long appends, long appendNs) {

    /**
     * What an engine holds.
     *
     * @param sagas how many that have not ended
     * @param timers how many moments it waits for
     * @param queuedAttempts how many attempts wait for a place
     * @param outAttempts how many attempts run
     */
    public record Load(int sagas, int timers, int queuedAttempts, int outAttempts) {}

    /**
     * The sagas of one name.
     *
     * @param started how many were started
     * @param ended how many have ended, by how; what never happened is left out
     * @param active how many have not ended
     * @param parked how many of these wait for a person
     */
    public record Sagas(long started, Map<SagaStatus, Long> ended, int active, int parked) {}
}
