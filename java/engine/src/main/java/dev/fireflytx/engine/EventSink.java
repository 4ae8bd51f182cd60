package dev.fireflytx.engine;

/**
 * Takes events out of the store to where they are published. They stay in the store until {@link SagaEngine#published} says that they have
 * arrived, and come again when an engine begins anew with those that have not.
 */
public interface EventSink {
    /**
     * Takes an event, in order. Called on a thread of the engine's: must not block, and must not throw.
     *
     * @param position its place in what this engine hands out, from 1
     * @param event the event, a JSON object (PROTOCOL.md, "Events")
     */
    void publish(long position, String event);

    /** What was handed out so far is all for now. */
    default void flush() {}
}
