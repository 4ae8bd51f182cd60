package dev.fireflytx.engine;

import dev.fireflytx.core.machine.SagaState;
import dev.fireflytx.core.machine.StepPhase;
import dev.fireflytx.core.machine.StepState;
import java.util.stream.IntStream;

/** Tells how a saga stands at some point of its history, from its facts alone. */
final class Inspector {
    private final Store.StoredSaga saga;
    private final SagaState state;
    private final RunValues values;

    private Inspector(Store.StoredSaga saga, SagaRun run) {
        this.saga = saga;
        this.state = run.state();
        this.values = run.values();
    }

    static SagaInspection inspect(Store.StoredSaga saga, Store store) {
        SagaRun run = SagaRun.stopped(saga, store);
        return new Inspector(saga, run).inspection(ResultBuilder.of(run, new Values(PlainCodec.INSTANCE)));
    }

    private SagaInspection inspection(SagaResult result) {
        return new SagaInspection(saga.header(), saga.turns().size(), saga.definition(), values.input(), values.context(),
                state.phase().isEnded() ? 0 : state.deadlineMs(), result.failedStep(), result.error(),
                IntStream.range(0, state.size()).mapToObj(this::step).toList());
    }

    private SagaInspection.Step step(int index) {
        StepState step = state.step(index);
        long durationMs = step.settledAt() == 0 ? 0 : values.durationMs(index, 0);
        return new SagaInspection.Step(state.plan().step(index).id(), phase(index), values.result(index), step.forward().attempts(),
                step.backward().attempts(), durationMs, isWaiting(step.phase()) ? step.dueMs() : 0,
                step.effect() == StepState.Effect.IN_DOUBT, values.error(index));
    }

    private StepPhase phase(int index) {
        StepState step = state.step(index);
        if (step.isStuck()) {
            return StepPhase.PARKED;
        }
        if (step.phase() != StepPhase.COMPENSATED || values.isUndone(index)) {
            return step.phase();
        }
        return values.result(index).isPresent() ? StepPhase.COMPLETED : StepPhase.FAILED;
    }

    private static boolean isWaiting(StepPhase phase) {
        return phase == StepPhase.BACKOFF || phase == StepPhase.UNDO_BACKOFF;
    }
}
