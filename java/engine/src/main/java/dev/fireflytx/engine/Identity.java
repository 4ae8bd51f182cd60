package dev.fireflytx.engine;

import dev.fireflytx.core.json.CanonicalJson;
import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonObject;

/** Whether two starts of one id are the same saga: by its name, and by its input as JSON with keys in any order, or by its hash. */
final class Identity {
    private Identity() {}

    static String hashOf(StartRequest request, ValueLimit limit) {
        try {
            limit.check(request.input(), "the input");
            if (request.inputHash().isEmpty()) {
                JsonObject.requireObject(request.input());
                return CanonicalJson.hash(request.input()); // which checks all of it
            }
            JsonObject.split(request.input());
            return request.inputHash();
        } catch (JsonException e) {
            throw new RefusedException(RefusedException.Code.MALFORMED,
                    "Saga '" + request.saga() + "' can't start with this input: " + e.getMessage() + ".");
        }
    }

    static void checkSame(StartRequest request, String hash, String saga, String inputHash) {
        if (!saga.equals(request.saga())) {
            throw conflict(request, "a run of saga '" + saga + "'");
        }
        if (!inputHash.equals(hash)) {
            throw conflict(request, "a run of this saga with another input");
        }
    }

    private static RefusedException conflict(StartRequest request, String owner) {
        return new RefusedException(RefusedException.Code.ID_CONFLICT,
                "Saga '" + request.saga() + "' can't start as '" + request.correlationId() + "': that id belongs to " + owner
                        + ". Use another correlation_id, or the same input.");
    }
}
