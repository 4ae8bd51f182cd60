package dev.fireflytx.core.json;

/** A text is not the JSON that was wanted; the message says what and where, and quotes no value. */
public final class JsonException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message the sentence for people
     */
    public JsonException(String message) {
        super(message);
    }
}
