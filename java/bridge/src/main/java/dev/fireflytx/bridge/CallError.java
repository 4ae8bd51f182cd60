package dev.fireflytx.bridge;

import dev.fireflytx.core.json.JsonWriter;

/** A whole call can't be answered; PROTOCOL.md lists the codes. */
final class CallError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;

    CallError(String code, String message) {
        super(message);
        this.code = code;
    }

    static void unless(boolean holds, String code, String message) {
        if (!holds) {
            throw new CallError(code, message);
        }
    }

    String code() {
        return code;
    }

    String toAnswer() {
        return new JsonWriter().raw("error", new JsonWriter().text("code", code).text("message", getMessage()).build())
                .build();
    }
}
