package dev.fireflytx.engine;

import dev.fireflytx.core.machine.Fact;
import java.util.List;
import java.util.Optional;

/** Keeps what happened. One engine's loop uses it, from one thread. */
public interface Store extends AutoCloseable {

    /**
     * What one turn of the engine adds for one saga.
     *
     * @param correlationId the saga's id
     * @param saga the saga's name
     * @param atMs when, by the engine's clock
     * @param facts what happened, in order
     * @param end set when the saga ended in this turn
     */
    record Entry(String correlationId, String saga, long atMs, List<Fact> facts, Optional<EndedSaga> end) {
        /**
         * Checks and copies what it is given.
         *
         * @param correlationId the saga's id
         * @param saga the saga's name
         * @param atMs when, by the engine's clock
         * @param facts what happened, in order
         * @param end set when the saga ended in this turn
         */
        public Entry {
            facts = List.copyOf(facts);
        }
    }

    /**
     * What is kept of a saga that ended.
     *
     * @param inputHash the hash of its canonical input, which tells whether a later start is the same
     * @param result how it ended
     */
    record EndedSaga(String inputHash, SagaResult result) {}

    /**
     * Makes a turn's facts durable, all or none, and returns when they are.
     *
     * @param batch what happened, in order
     * @return the batch's number: dense, and greater than every earlier one's
     */
    long append(List<Entry> batch);

    /**
     * Finds a saga that ended.
     *
     * @param correlationId its id
     * @return what is kept of it, if it ended and is still kept
     */
    Optional<EndedSaga> ended(String correlationId);

    /** {@return the owner's fence, which attempts carry} */
    long fence();

    /** {@return what to call it in messages: {@code memory}, or where it is} */
    String description();

    @Override
    void close();
}
