package dev.fireflytx.bridge;

import java.io.IOException;

/** What a connection sent can't be read on; the message, for people, is its answer. */
final class RefusedInputException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedInputException(String message) {
        super(message);
    }
}
