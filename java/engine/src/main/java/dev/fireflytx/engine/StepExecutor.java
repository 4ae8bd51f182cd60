package dev.fireflytx.engine;

import dev.fireflytx.core.definition.StepKind;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Runs steps. The engine calls it on its own thread, so no method may block.
 *
 * <p>Every attempt that was started reports exactly one outcome, when it has really ended; that outcome gives its place back.
 */
public interface StepExecutor {

    /**
     * Called once, before anything else.
     *
     * @param reports where outcomes go
     */
    void open(Reports reports);

    /**
     * How many attempts of a kind may be out at once. Call {@link Reports#capacityChanged} when it grows.
     *
     * @param kind what they occupy
     * @return at least 0; 0 for a kind that it does not run
     */
    int capacity(StepKind kind);

    /**
     * Whether this executor has kept the input of a run, so that its tasks need not bring it ({@link Task#isOnInput}).
     *
     * @param kind what the attempt occupies
     * @param correlationId the run's id
     * @param input the run's input
     * @return whether it is the very text that is kept
     */
    default boolean keepsInput(StepKind kind, String correlationId, String input) {
        return false;
    }

    /**
     * Starts an attempt.
     *
     * @param task what to run
     */
    void start(Task task);

    /**
     * Tells an attempt to stop. It still reports when it has ended.
     *
     * @param attempt which one
     * @param reason why
     */
    void stop(AttemptId attempt, StopReason reason);

    /**
     * Everything that one turn of the engine lets out is out: attempts, stops, and the answers to whoever asked. What an executor has gathered
     * until now can go on its way together.
     */
    default void turnEnded() {}

    /**
     * A saga has ended, and nothing of it will be started any more, unless a person reopens it.
     *
     * @param correlationId its id
     */
    default void runEnded(String correlationId) {}

    /**
     * Waits until every outcome that existed when this was called has been reported. The engine asks after its process stood still, so that
     * no attempt is timed out whose outcome is already on its way.
     *
     * @return completed then
     */
    default CompletionStage<Void> roundTrip() {
        return CompletableFuture.completedFuture(null);
    }
}
