package dev.fireflytx.engine;

import java.util.concurrent.CompletableFuture;

/** One run of a saga, whose start is durable. Comes from {@link SagaEngine#start(String, Object)}. */
public final class SagaHandle {
    private final SagaEngine engine;
    private final String correlationId;

    SagaHandle(SagaEngine engine, String correlationId) {
        this.engine = engine;
        this.correlationId = correlationId;
    }

    /** {@return the run's id} */
    public String correlationId() {
        return correlationId;
    }

    /** {@return as {@link SagaEngine#result}} */
    public CompletableFuture<SagaResult> result() {
        return engine.result(correlationId);
    }

    /** {@return how the run stands} */
    public CompletableFuture<SagaStatus> status() {
        return engine.get(correlationId).thenApply(SagaInfo::status);
    }

    /**
     * {@return as {@link SagaEngine#cancel}}
     *
     * @param reason for people; may be empty
     */
    public CompletableFuture<Boolean> cancel(String reason) {
        return engine.cancel(correlationId, reason);
    }
}
