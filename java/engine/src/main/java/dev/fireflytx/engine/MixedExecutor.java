package dev.fireflytx.engine;

import dev.fireflytx.core.definition.StepKind;
import java.util.concurrent.CompletionStage;

/** Runs the steps that are code of this JVM here, and all others where another executor does. */
final class MixedExecutor implements StepExecutor {
    private final HandlerExecutor here;
    private final StepExecutor elsewhere;

    MixedExecutor(HandlerExecutor here, StepExecutor elsewhere) {
        this.here = here;
        this.elsewhere = elsewhere;
    }

    @Override
    public void open(Reports reports) {
        here.open(reports);
        elsewhere.open(reports);
    }

    @Override
    public int capacity(StepKind kind) {
        return of(kind).capacity(kind);
    }

    @Override
    public boolean keepsInput(StepKind kind, String correlationId, String input) {
        return of(kind).keepsInput(kind, correlationId, input);
    }

    @Override
    public void start(Task task) {
        of(task.kind()).start(task);
    }

    private StepExecutor of(StepKind kind) {
        return kind == StepKind.JAVA ? here : elsewhere;
    }

    @Override
    public void stop(AttemptId attempt, StopReason reason) {
        (here.isRunning(attempt) ? here : elsewhere).stop(attempt, reason);
    }

    @Override
    public void turnEnded() {
        elsewhere.turnEnded();
    }

    @Override
    public void runEnded(String correlationId) {
        elsewhere.runEnded(correlationId);
    }

    @Override
    public CompletionStage<Void> roundTrip() {
        return elsewhere.roundTrip();
    }
}
