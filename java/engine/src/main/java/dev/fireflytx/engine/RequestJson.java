package dev.fireflytx.engine;

import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonWriter;
import dev.fireflytx.core.machine.Resolution;

/** What one engine asks of another that runs a saga, and the answer, as they are kept in the store. */
final class RequestJson {
    private RequestJson() {}

    static String cancel(String reason) {
        return new JsonWriter().text("ask", "cancel").text("reason", reason).build();
    }

    static String resolve(ResolveRequest request) {
        return new JsonWriter().text("ask", "resolve").text("step", request.step()).text("resolution", request.resolution().name())
                .raw("result", request.result()).text("by", request.by()).text("reason", request.reason()).build();
    }

    static boolean isCancel(JsonObject request) {
        return request.string("ask").equals("cancel");
    }

    static ResolveRequest readResolve(String correlationId, JsonObject request) {
        return new ResolveRequest(correlationId, request.string("step"), Resolution.valueOf(request.string("resolution")),
                request.raw("result"), request.string("by"), request.string("reason"));
    }

    static String accepted(boolean accepted) {
        return new JsonWriter().flag("accepted", accepted).build();
    }

    static boolean readAccepted(JsonObject answer) {
        return answer.flag("accepted", false);
    }

    static String info(SagaInfo info) {
        return new JsonWriter().text("saga", info.saga()).text("status", info.status().name()).build();
    }

    static SagaInfo readInfo(String correlationId, JsonObject answer) {
        return new SagaInfo(correlationId, answer.string("saga"), SagaStatus.valueOf(answer.string("status")));
    }

    static String refused(RefusedException refusal) {
        return new JsonWriter().text("refused", refusal.code().name()).text("message", refusal.getMessage()).build();
    }

    /**
     * Reads an answer.
     *
     * @throws RefusedException if it is a refusal
     */
    static JsonObject readAnswer(String text) {
        JsonObject answer = JsonObject.split(text);
        if (answer.has("refused")) {
            throw new RefusedException(RefusedException.Code.valueOf(answer.string("refused")), answer.string("message"));
        }
        return answer;
    }
}
