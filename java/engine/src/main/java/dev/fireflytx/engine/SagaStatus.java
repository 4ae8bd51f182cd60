package dev.fireflytx.engine;

import dev.fireflytx.core.machine.SagaState;

/** How a saga stands, in one word. */
public enum SagaStatus {
    /** Its steps run. */
    RUNNING,
    /** It is being undone, or will be as soon as what runs has ended. */
    COMPENSATING,
    /** Every step completed or was skipped. */
    COMPLETED,
    /** Everything that had to be undone is undone. */
    COMPENSATED,
    /** It ended, with steps whose undoing was given up. */
    COMPENSATION_FAILED,
    /** It waits for a person. */
    PARKED;

    /** {@return whether the saga has ended} */
    public boolean isEnd() {
        return this == COMPLETED || this == COMPENSATED || this == COMPENSATION_FAILED;
    }

    static SagaStatus of(SagaState state) {
        if (state.isParked()) {
            return PARKED;
        }
        return switch (state.phase()) {
            case FORWARD -> RUNNING;
            case FAILING, COMPENSATING -> COMPENSATING;
            case COMPLETED -> COMPLETED;
            case COMPENSATED -> COMPENSATED;
            case COMPENSATION_FAILED -> COMPENSATION_FAILED;
        };
    }
}
