package dev.fireflytx.engine;

import dev.fireflytx.core.machine.SagaState;
import dev.fireflytx.core.machine.StepPhase;
import dev.fireflytx.core.machine.StepState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/** Tells how a run ended, or why it waits for a person. */
final class ResultBuilder {
    private final SagaRun run;
    private final SagaState state;
    private final Values values;

    private ResultBuilder(SagaRun run, Values values) {
        this.run = run;
        this.values = values;
        this.state = run.state();
    }

    static SagaResult of(SagaRun run, Values values) {
        return new ResultBuilder(run, values).build();
    }

    /** The steps for which a saga waits for a person. */
    static ParkedSaga parked(SagaRun run) {
        ResultBuilder builder = new ResultBuilder(run, new Values(PlainCodec.INSTANCE));
        return new ParkedSaga(run.correlationId(), run.saga(), SagaStatus.of(run.state()),
                builder.idsWhere(step -> builder.isParked(step)
                        || run.state().step(step).phase() == StepPhase.COMPENSATION_FAILED));
    }

    /** Why a saga failed, as its result says it, or will. */
    static Optional<SagaError> errorOf(SagaRun run) {
        return new ResultBuilder(run, new Values(PlainCodec.INSTANCE)).error();
    }

    /** How a saga has stopped that does not go on by itself. */
    static StoppedSaga stopped(SagaRun run, long atMs) {
        ResultBuilder builder = new ResultBuilder(run, new Values(PlainCodec.INSTANCE));
        return new StoppedSaga(run.correlationId(), run.saga(), SagaStatus.of(run.state()), run.values().sinceMs(), atMs,
                builder.failedStep().map(builder::id), builder.error(), run.values().trace());
    }

    private SagaResult build() {
        return new SagaResult(
                run.correlationId(),
                run.saga(),
                SagaStatus.of(state),
                run.values().endedMs() - state.startedMs(),
                failedStep().map(this::id),
                error(),
                run.values().undone(true),
                run.values().undone(false),
                idsWhere(this::isInDoubt),
                steps());
    }

    private Optional<Integer> failedStep() {
        return state.cause() instanceof SagaState.Cause.Step cause ? Optional.of(cause.step()) : Optional.empty();
    }

    private Optional<SagaError> error() {
        if (state.cause() instanceof SagaState.Cause.Step cause) {
            return run.values().error(cause.step());
        }
        if (state.cause() instanceof SagaState.Cause.Cancelled cause) {
            return Optional.of(SagaError.of("SagaCancelledError",
                    cause.reason().isEmpty() ? "Saga cancelled" : "Saga cancelled: " + cause.reason()));
        }
        if (state.cause() instanceof SagaState.Cause.TimedOut cause) {
            return Optional.of(
                    SagaError.of("SagaTimeoutError", "Saga execution timeout after " + cause.timeoutMs() + "ms"));
        }
        return firstParked().map(this::parkedError);
    }

    private Optional<Integer> firstParked() {
        for (int step = 0; step < state.size(); step++) {
            if (isParked(step)) {
                return Optional.of(step);
            }
        }
        return Optional.empty();
    }

    private SagaError parkedError(int step) {
        String last = run.values().error(step).map(error -> " Its last error: " + error.message()).orElse("");
        return SagaError.of("SagaParkedError", "Step '" + id(step) + "' waits for a person." + last);
    }

    private boolean isParked(int step) {
        return state.step(step).phase() == StepPhase.PARKED || state.step(step).isStuck();
    }

    private boolean isInDoubt(int step) {
        boolean givenUp = !state.step(step).phase().isOpen() || isParked(step);
        return givenUp && state.step(step).effect() == StepState.Effect.IN_DOUBT;
    }

    /** The settled steps in their order, then those that hold a parked saga up without having settled. */
    private List<StepResult> steps() {
        List<StepResult> steps = new ArrayList<>(state.size());
        for (int step : state.settledInOrder()) {
            steps.add(step(step));
        }
        for (int step = 0; step < state.size(); step++) {
            if (state.step(step).settledAt() == 0 && state.step(step).isStuck()) {
                steps.add(step(step));
            }
        }
        return List.copyOf(steps);
    }

    private StepResult step(int step) {
        return new StepResult(
                id(step),
                status(step),
                run.values().result(step),
                state.step(step).forward().attempts(),
                run.values().durationMs(step, run.values().endedMs()),
                run.values().error(step),
                values.codec());
    }

    /** A step whose compensation a person has skipped stays as it was. */
    private StepStatus status(int step) {
        if (state.step(step).phase() != StepPhase.COMPENSATED || run.values().isUndone(step)) {
            return StepStatus.of(state.step(step));
        }
        return run.values().result(step).isPresent() ? StepStatus.COMPLETED : StepStatus.FAILED;
    }

    private List<String> idsWhere(IntPredicate wanted) {
        List<String> ids = new ArrayList<>();
        for (int step = 0; step < state.size(); step++) {
            if (wanted.test(step)) {
                ids.add(id(step));
            }
        }
        return List.copyOf(ids);
    }

    private String id(int step) {
        return run.plan().step(step).id();
    }
}
