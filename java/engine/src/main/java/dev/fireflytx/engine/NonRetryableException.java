package dev.fireflytx.engine;

/** Thrown by the code of a step when another attempt would fail in the same way: its step is given up at once. */
public class NonRetryableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message why, for people
     */
    public NonRetryableException(String message) {
        super(message);
    }

    /**
     * @param message why, for people
     * @param cause what it came from
     */
    public NonRetryableException(String message, Throwable cause) {
        super(message, cause);
    }
}
