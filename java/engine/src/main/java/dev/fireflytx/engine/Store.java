package dev.fireflytx.engine;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.machine.Fact;
import java.util.List;
import java.util.Optional;

/**
 * Keeps what happened. {@link #append} is called by one engine's loop alone; the queries may be called from other threads.
 *
 * <p>A method that can't do what it promises throws {@link StoreException}; then nothing unacknowledged may be taken for done.
 */
public interface Store extends AutoCloseable {

    /**
     * What one turn of the engine adds for one saga.
     *
     * @param correlationId the saga's id
     * @param beginning set in the saga's first entry
     * @param atMs when, by the engine's clock
     * @param facts what happened, in order; not to be changed
     * @param status how the saga stands after them
     */
    record Entry(String correlationId, Optional<Beginning> beginning, long atMs, List<Fact> facts, SagaStatus status) {}

    /**
     * What a saga began with. It keeps its definition to its end, whatever becomes of the code.
     *
     * @param definition its graph and policies
     * @param inputHash the hash of its canonical input, which tells whether a later start is the same
     */
    record Beginning(SagaDefinition definition, String inputHash) {}

    /**
     * What a listing tells of a saga.
     *
     * @param number its place in the order of starts
     * @param correlationId its id
     * @param saga its name
     * @param inputHash the hash of its canonical input
     * @param status how it stands
     * @param startedMs when it started
     * @param changedMs when its status last changed
     */
    record Header(long number, String correlationId, String saga, String inputHash, SagaStatus status, long startedMs,
            long changedMs) {}

    /**
     * All that happened to a saga.
     *
     * @param header what a listing tells of it
     * @param definition its graph and policies
     * @param turns what happened, in order
     */
    record StoredSaga(Header header, SagaDefinition definition, List<TimedFacts> turns) {}

    /**
     * The facts of one turn.
     *
     * @param atMs when, by the engine's clock
     * @param facts what happened, in order
     */
    record TimedFacts(long atMs, List<Fact> facts) {}

    /**
     * Which sagas to list.
     *
     * @param status only those that stand so
     * @param saga only those of this name
     * @param sinceMs only those that started at this time or later
     * @param before only those that started before the one with this number; 0 for no limit
     * @param limit how many at most
     */
    record Query(Optional<SagaStatus> status, Optional<String> saga, long sinceMs, long before, int limit) {}

    /**
     * Makes a turn's facts durable, all or none, and returns when they are.
     *
     * @param batch what happened, in order
     * @return the batch's number: dense, and greater than every earlier one's
     * @throws StoreException if it may not be durable
     */
    long append(List<Entry> batch);

    /**
     * Finds a saga.
     *
     * @param correlationId its id
     * @return what a listing tells of it, if it is kept
     */
    Optional<Header> find(String correlationId);

    /**
     * Reads a saga.
     *
     * @param correlationId its id
     * @return all that happened to it, if that is kept
     */
    Optional<StoredSaga> load(String correlationId);

    /**
     * Reads sagas that have not ended, in the order of their starts.
     *
     * @param after only those that started after the one with this number; 0 for all
     * @param upTo only those that started up to the one with this number
     * @param limit how many at most
     * @return the sagas with all that happened to them
     */
    List<StoredSaga> unfinished(long after, long upTo, int limit);

    /**
     * Lists sagas, the newest start first.
     *
     * @param query which ones
     * @return what a listing tells of them
     */
    List<Header> list(Query query);

    /** {@return how many sagas have not ended} */
    long unfinishedCount();

    /** {@return the number of the saga that started last, or 0} */
    long newest();

    /** {@return the owner's fence, which attempts carry} */
    long fence();

    /** {@return the time that its sagas live in; a durable store goes on from the time of its last owner} */
    default EngineClock clock() {
        return EngineClock.system();
    }

    /** {@return what to call it in messages: {@code memory}, or where it is} */
    String description();

    @Override
    void close();
}
