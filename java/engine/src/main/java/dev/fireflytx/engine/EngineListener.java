package dev.fireflytx.engine;

/** Is told what engines and sagas do, after it has become durable. Called on the engine's thread: must not block. */
public interface EngineListener {

    /**
     * A step published an event.
     *
     * @param event which
     */
    default void onEvent(SagaEvent event) {}

    /**
     * A saga needs a person.
     *
     * @param saga which, and for which steps
     */
    default void onParked(ParkedSaga saga) {}

    /**
     * The engine has failed, most likely since its store could not write. It acknowledges nothing any more; what its store holds goes on when
     * another engine opens it.
     *
     * @param cause why
     */
    default void onBroken(Throwable cause) {}

    /**
     * Whether lines of a level are wanted; others are not even made.
     *
     * @param level their level
     * @return whether to call {@link #onLog}
     */
    default boolean isLogging(System.Logger.Level level) {
        return System.getLogger(EngineLog.LOGGER).isLoggable(level);
    }

    /**
     * A line for people.
     *
     * @param entry what it says and of what
     */
    default void onLog(EngineLog entry) {
        System.getLogger(EngineLog.LOGGER).log(entry.level(), entry.toString());
    }
}
