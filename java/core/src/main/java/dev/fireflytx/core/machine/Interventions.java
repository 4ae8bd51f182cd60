package dev.fireflytx.core.machine;

import java.util.Optional;

/** What a person may decide about a step, and when. */
public final class Interventions {
    private Interventions() {}

    /**
     * Says why a decision can't be taken.
     *
     * @param state where the saga stands
     * @param step the step's index
     * @param resolution what a person wants
     * @return a sentence without its subject, or nothing if it can
     */
    public static Optional<String> refusal(SagaState state, int step, Resolution resolution) {
        if (resolution.isBackward()) {
            return unless(state.step(step).phase() == StepPhase.COMPENSATION_FAILED,
                    "its compensation has not failed");
        }
        if (!isWaiting(state, step)) {
            return Optional.of("it does not wait for a person");
        }
        return switch (resolution) {
            case RETRY_STEP -> unless(state.phase().isForward(),
                    "its saga has turned back, so no step is tried again; complete it or fail it");
            case COMPLETE_STEP -> unless(state.step(step).phase().isOpen(), "it was given up already; only fail_step helps");
            case FAIL_STEP -> unless(!state.isPivotPassed(),
                    "its saga's pivot has succeeded, so nothing may be undone; retry it or complete it");
            case RETRY_COMPENSATION, MARK_COMPENSATED, SKIP_COMPENSATION -> Optional.empty();
        };
    }

    private static boolean isWaiting(SagaState state, int step) {
        return !state.phase().isEnded()
                && (state.step(step).phase() == StepPhase.PARKED || state.step(step).isStuck());
    }

    private static Optional<String> unless(boolean holds, String problem) {
        return holds ? Optional.empty() : Optional.of(problem);
    }
}
