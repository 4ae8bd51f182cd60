package dev.fireflytx.engine;

import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonStrings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What went wrong, as data.
 *
 * @param type the exception's type
 * @param message its message; may be empty
 * @param traceback where it came from, for people; may be empty
 */
public record SagaError(String type, String message, String traceback) {

    /**
     * An error without a traceback.
     *
     * @param type its type
     * @param message its message
     * @return the error
     */
    public static SagaError of(String type, String message) {
        return new SagaError(type, message, "");
    }

    /**
     * A Java exception as data.
     *
     * @param thrown what was thrown
     * @return its class, without the package if it has a name, its message, and its stack trace
     */
    public static SagaError of(Throwable thrown) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        Class<?> type = thrown.getClass();
        String message = thrown.getMessage() == null ? "" : thrown.getMessage();
        return new SagaError(type.isAnonymousClass() ? type.getName() : type.getSimpleName(), message, trace.toString());
    }

    /** A value was refused; the problem is half a sentence that names what it belongs to. */
    static SagaError refusedValue(String problem) {
        return of("ValueRefusedError", Character.toUpperCase(problem.charAt(0)) + problem.substring(1));
    }

    /** {@return the error as a JSON object} */
    public String toJson() {
        Map<String, String> members = new LinkedHashMap<>();
        members.put("type", JsonStrings.quote(type));
        members.put("message", JsonStrings.quote(message));
        members.put("traceback", JsonStrings.quote(traceback));
        return JsonObject.join(members);
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @param text a JSON object
     * @return the error
     */
    public static SagaError fromJson(String text) {
        JsonObject object = JsonObject.split(text);
        return new SagaError(
                object.string("type", "Error"), object.string("message", ""), object.string("traceback", ""));
    }
}
