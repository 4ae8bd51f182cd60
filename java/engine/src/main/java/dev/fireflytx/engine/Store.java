package dev.fireflytx.engine;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.machine.Fact;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/**
 * Keeps what happened. {@link #append} is called by one engine's loop alone; the queries may be called from other threads.
 *
 * <p>A method that can't do what it promises throws {@link StoreException}; then nothing unacknowledged may be taken for done.
 */
public interface Store extends AutoCloseable {
    /** The owner of what belongs to no engine. */
    long NOBODY = 0;

    /**
     * What one turn of the engine adds for one saga.
     *
     * @param correlationId the saga's id
     * @param beginning set in the saga's first entry
     * @param atMs when, by the engine's clock
     * @param facts what happened, in order; not to be changed
     * @param status how the saga stands after them
     * @param events what tells of the facts and is to be published, in order: JSON objects. Empty if this engine publishes nothing
     */
    record Entry(String correlationId, Optional<Beginning> beginning, long atMs, List<Fact> facts, SagaStatus status, List<String> events) {
        /**
         * An entry without events.
         *
         * @param correlationId the saga's id
         * @param beginning set in the saga's first entry
         * @param atMs when, by the engine's clock
         * @param facts what happened, in order; not to be changed
         * @param status how the saga stands after them
         */
        public Entry(String correlationId, Optional<Beginning> beginning, long atMs, List<Fact> facts, SagaStatus status) {
            this(correlationId, beginning, atMs, facts, status, List.of());
        }
    }

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
     * @param owner the number of the owner that runs it; {@link #NOBODY} once it has ended
     */
    record Header(long number, String correlationId, String saga, String inputHash, SagaStatus status, long startedMs,
            long changedMs, long owner) {}

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
     * Some sagas, in the order of their starts.
     *
     * @param sagas those that could be read
     * @param unreadable those that could not
     * @param last the number of the last one of both; 0 if there is none
     */
    record Page(List<StoredSaga> sagas, List<Unreadable> unreadable, long last) {}

    /**
     * A saga that is damaged, or of a later release.
     *
     * @param correlationId its id, as far as it can be read
     * @param saga its name, as far as it can be read
     * @param why what to tell those who ask for it
     */
    record Unreadable(String correlationId, String saga, RefusedException why) {}

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

    /** {@return whether it is only looked at: then no saga of it is started, changed or run here} */
    default boolean isReadOnly() {
        return false;
    }

    /**
     * Makes a turn's facts durable, all or none, and returns when they are.
     *
     * @param batch what happened, in order
     * @return the batch's number: dense, and greater than every earlier one's
     * @throws StoreException if it may not be durable
     * @throws StartedElsewhereException if sagas of these ids are there that this batch begins, or another engine runs them; then nothing was
     *     written
     */
    long append(List<Entry> batch);

    /**
     * Makes sagas this engine's, if nothing has happened to them since they were read.
     *
     * @param sagas how they were found
     * @return the numbers of those that are its own now
     * @throws StoreException if it may not be durable
     */
    Set<Long> claim(List<Header> sagas);

    /**
     * Whether another engine runs a saga.
     *
     * @param saga how it was found
     * @return true if it has an owner that is not gone, and that is not this engine
     */
    default boolean isElsewhere(Header saga) {
        return false;
    }

    /** {@return whether another engine may be there that runs sagas of this store, and can be asked} */
    default boolean hasOthers() {
        return false;
    }

    /**
     * Something that one engine asks of the one that runs a saga, or that can.
     *
     * @param number its number
     * @param correlationId the saga's id
     * @param body what is asked
     */
    record Request(long number, String correlationId, String body) {}

    /**
     * Asks the engine that runs a saga for something; of one that has ended, any engine that has its class.
     *
     * @param correlationId the saga's id
     * @param body what is asked
     * @return the request's number, when it is durable
     */
    default long ask(String correlationId, String body) {
        throw new UnsupportedOperationException("nobody else runs sagas of this store");
    }

    /**
     * Answers what another engine has asked.
     *
     * @param number the request's number
     * @param answer what to say
     */
    default void answer(long number, String answer) {
        throw new UnsupportedOperationException("nobody else runs sagas of this store");
    }

    /**
     * Looks for an answer.
     *
     * @param number the request's number
     * @return what was said, if that has come
     */
    default Optional<String> answer(long number) {
        return Optional.empty();
    }

    /**
     * Takes a request back.
     *
     * @param number its number
     * @return what was said, if an answer has come after all
     */
    default Optional<String> withdraw(long number) {
        return Optional.empty();
    }

    /**
     * Finds a saga.
     *
     * @param correlationId its id
     * @return what a listing tells of it, if it is kept
     * @throws RefusedException if it can't be read, though the store can
     */
    Optional<Header> find(String correlationId);

    /**
     * Reads a saga.
     *
     * @param correlationId its id
     * @return all that happened to it, if that is kept; of one that ended long ago only {@link #find} still tells
     * @throws RefusedException if it can't be read, though the store can
     */
    Optional<StoredSaga> load(String correlationId);

    /**
     * Reads sagas that have not ended and that nobody runs, in the order of their starts: this engine's own of earlier, and those of owners that
     * are gone.
     *
     * @param sagas only those of these names
     * @param after only those that started after the one with this number; 0 for all
     * @param upTo of this engine's own, only those that started up to the one with this number
     * @param limit how many at most
     * @return the sagas with all that happened to them
     */
    Page left(Set<String> sagas, long after, long upTo, int limit);

    /**
     * Lists sagas, the newest start first.
     *
     * @param query which ones
     * @return what a listing tells of them; of those that can't be read, nothing
     */
    List<Header> list(Query query);

    /**
     * Tells how often something has happened to a saga.
     *
     * @param correlationId its id
     * @return how many turns it has had; 0 if nothing of it is kept
     */
    long turns(String correlationId);

    /**
     * Counts all sagas. What happens meanwhile may be counted or not.
     *
     * @param nowMs the time, by the engine's clock
     * @return one count for each name and status that occur
     */
    List<SagaCount> count(long nowMs);

    /**
     * Counts the sagas that have not ended and that nobody runs, of whatever name.
     *
     * @param upTo of this engine's own, only those that started up to the one with this number
     * @return how many
     */
    long leftCount(long upTo);

    /**
     * Reads everything, and checks it. That takes its time, and holds up nobody.
     *
     * @param check says what is wrong with a saga, if anything, besides how it is stored
     * @return what was found
     * @throws StoreException if the store can't be read at all, or the thread was interrupted
     */
    StoreReport verify(Function<StoredSaga, Optional<String>> check);

    /** Is shown what a store keeps. */
    interface Visitor {
        /**
         * A saga.
         *
         * @param saga as it stands at one moment
         */
        void saga(StoredSaga saga);

        /**
         * What is left of a saga that ended long ago.
         *
         * @param saga what a listing told of it
         */
        void buried(Header saga);

        /**
         * A saga that can't be read.
         *
         * @param saga what is known of it
         */
        void unreadable(Unreadable saga);
    }

    /**
     * Shows sagas in the order of their starts, then tombstones. That takes its time, and holds up nobody.
     *
     * @param correlationIds which ones; none means everything
     * @param visitor who is shown them
     * @throws RefusedException if an id is unknown
     */
    default void visit(Set<String> correlationIds, Visitor visitor) {
        throw noJournal();
    }

    /**
     * Adds sagas that another store has kept, all or none, as nobody's.
     *
     * @param sagas all that happened to them
     * @param buried what is left of others
     * @throws StartedElsewhereException if some of their ids are here; then nothing was written
     */
    default void adopt(List<StoredSaga> sagas, List<Header> buried) {
        throw noJournal();
    }

    private RefusedException noJournal() {
        return new RefusedException(RefusedException.Code.TRANSFER,
                "Sagas are exported from a journal and imported into one; this store is '" + description() + "'.");
    }

    /** {@return the number of the saga that started last, or 0} */
    long newest();

    /** {@return the events that wait to be published} */
    default EventOutbox outbox() {
        return EventOutbox.NONE;
    }

    /** {@return this engine's number among the owners of the store} */
    long owner();

    /** {@return the owner's fence, which attempts carry: greater than those of all processes that ran this owner's sagas before} */
    long fence();

    /**
     * Makes sure that this engine still owns what it runs.
     *
     * @throws FencedException if another one has taken over
     */
    default void prove() {}

    /** {@return when that was last known, in milliseconds of the machine's monotonic clock; empty if nobody can take over} */
    default OptionalLong provedMs() {
        return OptionalLong.empty();
    }

    /** Hears what others do to the store, on the store's thread. */
    interface Watcher {
        /**
         * The other owners have been looked at, as they are every second.
         *
         * @param left whether one of them is gone, and has left sagas
         * @param asked what others ask about sagas of this engine, and about such as have ended, and has no answer yet
         * @return whether to look again soon, and not only after a second
         */
        default boolean round(boolean left, List<Request> asked) {
            return false;
        }

        /**
         * The others can't be watched any more, or this engine was itself taken over from.
         *
         * @param why what happened
         */
        default void failed(RuntimeException why) {}
    }

    /**
     * Says who hears what others do to the store.
     *
     * @param watcher who hears it
     */
    default void watch(Watcher watcher) {}

    /** {@return the time that its sagas live in; a durable store goes on from the time of its last owner} */
    default EngineClock clock() {
        return EngineClock.system();
    }

    /** {@return what to call it in messages: {@code memory}, or where it is} */
    String description();

    @Override
    void close();
}
