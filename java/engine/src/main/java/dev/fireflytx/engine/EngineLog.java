package dev.fireflytx.engine;

/**
 * A line for people, with the names that a machine can filter by.
 *
 * @param level how grave it is
 * @param message a sentence, which never holds a value
 * @param correlationId the saga's id, or empty
 * @param saga the saga's name, or empty
 * @param step the step's id, or empty
 * @param attempt the attempt's number, or 0
 */
public record EngineLog(
        System.Logger.Level level, String message, String correlationId, String saga, String step, int attempt) {

    /** The name of the logger that these lines belong to. */
    public static final String LOGGER = "dev.fireflytx.engine";

    @Override
    public String toString() {
        return correlationId.isEmpty() ? message : "saga '" + saga + "' " + correlationId + ": " + message;
    }
}
