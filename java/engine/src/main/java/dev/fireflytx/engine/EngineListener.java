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
     * Whether {@link #onJoined}, {@link #onStopped} and {@link #onRan} are wanted; nothing is made for them otherwise.
     *
     * @return whether to call them
     */
    default boolean isTracing() {
        return false;
    }

    /**
     * A start that belongs to a trace has found its saga already started.
     *
     * @param saga which
     */
    default void onJoined(JoinedSaga saga) {}

    /**
     * A saga has ended, or waits for a person from now on.
     *
     * @param saga which, and how it stands
     */
    default void onStopped(StoppedSaga saga) {}

    /**
     * An attempt has ended that ran in this JVM. Called on the thread that it ended on, and before its outcome is durable.
     *
     * @param attempt which, and when
     */
    default void onRan(RanAttempt attempt) {}

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
