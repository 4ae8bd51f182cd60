package dev.fireflytx.engine;

import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.machine.Resolution;
import java.util.concurrent.CompletableFuture;

/**
 * What a person decides about sagas that wait for one; each decision is kept in the saga's history with who took it and why. Comes from
 * {@link SagaEngine#decisionsOf}.
 *
 * <p>Each call gives how the saga stands then, or fails with {@link RefusedException} if nothing waits for such a decision;
 * {@link SagaEngine#result} waits for the saga's end.
 */
public final class Decisions {
    private static final String EVERY_STEP = "";

    private final SagaEngine engine;
    private final Values values;
    private final String who;

    Decisions(SagaEngine engine, Values values, String who) {
        this.engine = engine;
        this.values = values;
        this.who = who;
    }

    /**
     * Tries a parked step again, with all its retries.
     *
     * @param correlationId the saga's id
     * @param step the step's id
     * @param reason for people; may be empty
     * @return how the saga stands then
     */
    public CompletableFuture<SagaInfo> retryStep(String correlationId, String step, String reason) {
        return decide(correlationId, step, Resolution.RETRY_STEP, JsonObject.EMPTY, reason);
    }

    /**
     * Declares a parked step done.
     *
     * @param correlationId the saga's id
     * @param step the step's id
     * @param result what it would have returned
     * @param reason for people
     * @return how the saga stands then
     * @throws ValueRefusedException if JSON can't carry the result
     */
    public CompletableFuture<SagaInfo> completeStep(String correlationId, String step, Object result, String reason) {
        String json = values.object(result, "step '" + step + "': its result");
        return decide(correlationId, step, Resolution.COMPLETE_STEP, json, reason);
    }

    /**
     * Declares that a parked step had no effect; its saga turns back. Refused behind the pivot.
     *
     * @param correlationId the saga's id
     * @param step the step's id
     * @param reason for people
     * @return how the saga stands then
     */
    public CompletableFuture<SagaInfo> failStep(String correlationId, String step, String reason) {
        return decide(correlationId, step, Resolution.FAIL_STEP, JsonObject.EMPTY, reason);
    }

    /**
     * Tries every compensation of a saga that was given up again, with all its retries.
     *
     * @param correlationId the saga's id
     * @param reason for people; may be empty
     * @return how the saga stands then
     */
    public CompletableFuture<SagaInfo> retryCompensation(String correlationId, String reason) {
        return decide(correlationId, EVERY_STEP, Resolution.RETRY_COMPENSATION, JsonObject.EMPTY, reason);
    }

    /**
     * Declares a step undone, by hand, whose compensation was given up.
     *
     * @param correlationId the saga's id
     * @param step the step's id
     * @param reason for people
     * @return how the saga stands then
     */
    public CompletableFuture<SagaInfo> markCompensated(String correlationId, String step, String reason) {
        return decide(correlationId, step, Resolution.MARK_COMPENSATED, JsonObject.EMPTY, reason);
    }

    /**
     * Lets a step whose compensation was given up stay as it is.
     *
     * @param correlationId the saga's id
     * @param step the step's id
     * @param reason for people
     * @return how the saga stands then
     */
    public CompletableFuture<SagaInfo> skipCompensation(String correlationId, String step, String reason) {
        return decide(correlationId, step, Resolution.SKIP_COMPENSATION, JsonObject.EMPTY, reason);
    }

    private CompletableFuture<SagaInfo> decide(String correlationId, String step, Resolution resolution, String result, String reason) {
        return engine.resolve(new ResolveRequest(correlationId, step, resolution, result, who, reason));
    }
}
