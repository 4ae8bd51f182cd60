package dev.fireflytx.engine;

import java.util.List;

/**
 * The events of a store that wait to be published. {@link Store#append} adds them, in the transaction of the facts that they tell of.
 *
 * <p>Every engine that publishes writes a stream of its own, named by its number among the owners; whoever takes over from a publisher that is
 * gone publishes its streams first. The events of one saga may be in several streams: an engine that begins to run a saga moves those that
 * others publish into its own, where its later ones follow.
 */
public interface EventOutbox {
    /**
     * An event.
     *
     * @param stream the stream that it is in
     * @param number its place there; greater than those of all earlier events of the store
     * @param event the event, a JSON object
     */
    record Waiting(long stream, long number, String event) {}

    /**
     * Makes this engine one that publishes, and the streams of publishers that are gone its own. Called before the first {@link Store#append},
     * and again whenever an engine has gone.
     *
     * @return the streams that this engine publishes, in the order in which they are to be: its own is the last
     * @throws StoreException if it may not be durable
     */
    List<Long> takeOver();

    /**
     * Reads events.
     *
     * @param stream their stream
     * @param after only those behind the one with this number; 0 for all
     * @param limit how many at most
     * @return the events, in order
     */
    List<Waiting> read(long stream, long after, int limit);

    /**
     * Lets events of a stream go with the next {@link Store#append}, or with {@link #forget}: they have been published.
     *
     * @param stream the stream, one of this engine's
     * @param upTo the number of the last one
     */
    void published(long stream, long upTo);

    /**
     * Lets go now what {@link #published} has told of, if there is anything.
     *
     * @throws StoreException if it may not be durable
     */
    void forget();

    /** For stores that keep no events. */
    EventOutbox NONE = new EventOutbox() {
        @Override
        public List<Long> takeOver() {
            throw new UnsupportedOperationException("this store keeps no events to be published");
        }

        @Override
        public List<Waiting> read(long stream, long after, int limit) {
            return List.of();
        }

        @Override
        public void published(long stream, long upTo) {
            // there are none
        }

        @Override
        public void forget() {
            // there are none
        }
    };
}
