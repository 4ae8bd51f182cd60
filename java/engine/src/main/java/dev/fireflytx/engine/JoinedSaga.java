package dev.fireflytx.engine;

/**
 * A saga that was started again, which joins the first run.
 *
 * @param correlationId its id
 * @param saga its name
 * @param caller the headers of the trace that the later start belongs to, a JSON object
 * @param trace those of the first start; empty if they are not kept, or it belonged to no trace
 */
public record JoinedSaga(String correlationId, String saga, String caller, String trace) {}
