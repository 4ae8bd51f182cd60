package dev.fireflytx.engine;

/** A store can't be opened, or can't do what it promised; the message names it and says what to do. */
public class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message what happened, for people
     */
    public StoreException(String message) {
        super(message);
    }

    /**
     * @param message what happened, for people
     * @param cause what it came from
     */
    public StoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
