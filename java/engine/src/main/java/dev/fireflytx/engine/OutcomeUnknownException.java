package dev.fireflytx.engine;

/**
 * The engine ended before it could answer. What was asked for may or may not have happened; ask again, under the same id, when an engine
 * runs again.
 */
public final class OutcomeUnknownException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message why, for people
     */
    public OutcomeUnknownException(String message) {
        super(message);
    }

    /**
     * @param message why, for people
     * @param cause what ended the engine
     */
    public OutcomeUnknownException(String message, Throwable cause) {
        super(message, cause);
    }
}
