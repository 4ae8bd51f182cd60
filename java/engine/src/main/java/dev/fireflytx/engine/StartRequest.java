package dev.fireflytx.engine;

import dev.fireflytx.core.definition.PrintableText;
import dev.fireflytx.core.machine.Fact;
import java.time.Duration;
import java.util.Objects;

/**
 * What to start.
 *
 * @param saga the name of a registered saga
 * @param correlationId the saga's one id, the caller's choice
 * @param input its input, a JSON object
 * @param timeoutMs its own limit, or 0 for the definition's
 * @param trace the headers of the trace that it belongs to, such as {@code traceparent}: a JSON object, empty without one
 * @param inputHash by what the same input is known again, if its text is another one each time, as when it is encrypted; or empty, and the
 *     text counts
 * @param isNewId whether the id was made for this start, so that the store is not asked for it first; should it be there all the same, the
 *     start joins that saga
 */
public record StartRequest(String saga, String correlationId, String input, long timeoutMs, String trace, String inputHash,
        boolean isNewId) {
    private static final int MAX_ID_CHARACTERS = 200;
    private static final int MAX_TRACE_CHARACTERS = 16 << 10;
    private static final int MAX_HASH_CHARACTERS = 200;

    /**
     * Checks and copies what it is given.
     *
     * @param saga the name of a registered saga
     * @param correlationId the saga's one id, the caller's choice
     * @param input its input, a JSON object
     * @param timeoutMs its own limit, or 0 for the definition's
     * @param trace the headers of the trace that it belongs to, a JSON object
     * @param inputHash by what the same input is known again, or empty
     * @param isNewId whether the id was made for this start
     */
    public StartRequest {
        Objects.requireNonNull(saga, "saga");
        Objects.requireNonNull(correlationId, "correlationId");
        Objects.requireNonNull(input, "input");
        if (!inputHash.isEmpty() && !PrintableText.isName(inputHash, MAX_HASH_CHARACTERS)) {
            throw new RefusedException(RefusedException.Code.MALFORMED,
                    "an input's hash must have 1 to " + MAX_HASH_CHARACTERS + " printable characters");
        }
        if (!PrintableText.isName(correlationId, MAX_ID_CHARACTERS) || timeoutMs < 0) {
            throw new RefusedException(RefusedException.Code.MALFORMED, "a start needs an id of 1 to " + MAX_ID_CHARACTERS
                    + " printable characters, and a timeout of at least 1 ms if it has one of its own");
        }
        if (trace.length() > MAX_TRACE_CHARACTERS) {
            throw new RefusedException(RefusedException.Code.MALFORMED, "the headers of a trace have " + trace.length()
                    + " characters; at most " + MAX_TRACE_CHARACTERS + " are kept with a saga");
        }
    }

    /**
     * A start whose input is known again by its text.
     *
     * @param saga the name of a registered saga
     * @param correlationId the saga's one id, the caller's choice
     * @param input its input, a JSON object
     * @param timeoutMs its own limit, or 0 for the definition's
     * @param trace the headers of the trace that it belongs to, a JSON object
     */
    public StartRequest(String saga, String correlationId, String input, long timeoutMs, String trace) {
        this(saga, correlationId, input, timeoutMs, trace, "", false);
    }

    /**
     * A start that belongs to no trace.
     *
     * @param saga the name of a registered saga
     * @param correlationId the saga's one id, the caller's choice
     * @param input its input, a JSON object
     * @param timeoutMs its own limit, or 0 for the definition's
     */
    public StartRequest(String saga, String correlationId, String input, long timeoutMs) {
        this(saga, correlationId, input, timeoutMs, Fact.SagaStarted.NO_TRACE);
    }

    /**
     * A start of a value.
     *
     * @throws ValueRefusedException if JSON can't carry it
     */
    static StartRequest of(String saga, Object input, StartOptions options, Values values) {
        return new StartRequest(saga, options.correlationId().orElseGet(CorrelationIds::next),
                values.object(input, "saga '" + saga + "': its input"), options.timeout().map(Duration::toMillis).orElse(0L),
                Fact.SagaStarted.NO_TRACE, "", options.correlationId().isEmpty());
    }

    /**
     * A start with the definition's own limit.
     *
     * @param saga the name of a registered saga
     * @param correlationId the saga's one id
     * @param input its input, a JSON object
     */
    public StartRequest(String saga, String correlationId, String input) {
        this(saga, correlationId, input, 0);
    }
}
