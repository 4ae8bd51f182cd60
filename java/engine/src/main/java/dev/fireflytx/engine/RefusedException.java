package dev.fireflytx.engine;

import java.util.Optional;

/** The engine does not do what was asked; nothing was changed. */
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why, for programs. */
    public enum Code {
        /** No such saga is registered. */
        UNKNOWN_SAGA,
        /** No saga has that id, or it is no longer kept. */
        UNKNOWN_ID,
        /** The saga ended so long ago that its result is no longer kept. */
        EXPIRED,
        /** What the store has of the saga is damaged, or can't be read by this release. */
        UNREADABLE,
        /** The id belongs to another saga, or to the same one with another input. */
        ID_CONFLICT,
        /** The saga has no such step. */
        UNKNOWN_STEP,
        /** The step does not wait for a decision of that kind. */
        NOT_WAITING,
        /** The saga's pivot has succeeded: it can't be cancelled any more. */
        PIVOT_PASSED,
        /** No engine that could do it is there, or none has answered. */
        NO_ENGINE,
        /** A file of sagas can't be written or read, or the store is not one that sagas go from or to. */
        TRANSFER,
        /** The engine only observes its store. */
        OBSERVER,
        /** What was given is not what is wanted. */
        MALFORMED,
        /** The engine is closed. */
        CLOSING
    }

    /** Why, for programs. */
    private final Code code;

    /** How the saga stands, where that is still known; else null. */
    private final SagaStatus status;

    /**
     * @param code why, for programs
     * @param message why, for people
     */
    public RefusedException(Code code, String message) {
        this(code, message, null);
    }

    private RefusedException(Code code, String message, SagaStatus status) {
        super(message);
        this.code = code;
        this.status = status;
    }

    /**
     * Refuses an id that no saga has.
     *
     * @param correlationId the id
     * @return the refusal
     */
    public static RefusedException unknownId(String correlationId) {
        return new RefusedException(Code.UNKNOWN_ID, "No saga has the id '" + correlationId + "' here, or it is no longer kept.");
    }

    /**
     * Refuses what only a saga could answer that is no longer kept.
     *
     * @param saga what is left of it
     * @return the refusal, with the saga's status
     */
    public static RefusedException expired(Store.Header saga) {
        return new RefusedException(Code.EXPIRED, "Saga '" + saga.saga() + "' " + saga.correlationId() + " ended as " + saga.status()
                + " so long ago that its result and its history are no longer kept.", saga.status());
    }

    static RefusedException observer(Store store) {
        return new RefusedException(Code.OBSERVER, "This engine only observes '" + store.description()
                + "'. Ask an engine that runs its sagas.");
    }

    static RefusedException noEngine(Store.Header saga, Store store, String why) {
        return new RefusedException(Code.NO_ENGINE, "Saga '" + saga.saga() + "' " + saga.correlationId() + " in '" + store.description()
                + "': " + why + ". Start the program that has its class, then decide again.");
    }

    static RefusedException senseless(Store.Header saga, Store store, RuntimeException why) {
        return new RefusedException(Code.UNREADABLE, "What '" + store.description() + "' holds of saga '" + saga.saga() + "' "
                + saga.correlationId() + " makes no sense: " + why + ". Restore it from a backup.");
    }

    /** {@return why, for programs} */
    public Code code() {
        return code;
    }

    /** {@return with {@link Code#EXPIRED}, how the saga ended} */
    public Optional<SagaStatus> status() {
        return Optional.ofNullable(status);
    }
}
