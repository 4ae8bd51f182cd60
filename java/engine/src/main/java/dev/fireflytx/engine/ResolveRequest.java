package dev.fireflytx.engine;

import dev.fireflytx.core.definition.PrintableText;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.machine.Resolution;

/**
 * What a person has decided about a saga that waits for one.
 *
 * @param correlationId the saga's id
 * @param step the step's id; empty for every step whose compensation failed, with {@code RETRY_COMPENSATION}
 * @param resolution what they decided
 * @param result the step's result, a JSON object, for {@code COMPLETE_STEP}
 * @param by who they are
 * @param reason theirs; kept in the saga's history
 */
public record ResolveRequest(
        String correlationId, String step, Resolution resolution, String result, String by, String reason) {

    /**
     * Checks what it is given.
     *
     * @param correlationId the saga's id
     * @param step the step's id; may be empty with {@code RETRY_COMPENSATION}
     * @param resolution what they decided
     * @param result the step's result, a JSON object, for {@code COMPLETE_STEP}
     * @param by who they are
     * @param reason theirs
     */
    public ResolveRequest {
        if (!PrintableText.isPrintable(by) || !PrintableText.isPrintable(reason)) {
            throw new RefusedException(RefusedException.Code.MALFORMED,
                    "a decision's name and reason must not hold control characters, such as line breaks");
        }
    }

    /**
     * A decision that brings no result.
     *
     * @param correlationId the saga's id
     * @param step the step's id
     * @param resolution what they decided
     * @param by who they are
     * @param reason theirs
     */
    public ResolveRequest(String correlationId, String step, Resolution resolution, String by, String reason) {
        this(correlationId, step, resolution, JsonObject.EMPTY, by, reason);
    }
}
