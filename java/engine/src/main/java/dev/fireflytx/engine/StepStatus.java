package dev.fireflytx.engine;

import dev.fireflytx.core.machine.StepState;

/** How a settled step stands, in one word. */
public enum StepStatus {
    /** Done. */
    COMPLETED,
    /** Its condition said no. */
    SKIPPED,
    /** Given up. */
    FAILED,
    /** It waits for a person. */
    PARKED,
    /** Undone. */
    COMPENSATED,
    /** Undoing it was given up. */
    COMPENSATION_FAILED;

    static StepStatus of(StepState step) {
        if (step.isStuck()) {
            return PARKED;
        }
        return switch (step.phase()) {
            case SKIPPED -> SKIPPED;
            case PARKED -> PARKED;
            case COMPENSATED -> COMPENSATED;
            case COMPENSATION_FAILED -> COMPENSATION_FAILED;
            case FAILED -> FAILED;
            case PENDING, CHECKING, READY, RUNNING, BACKOFF -> FAILED;
            case COMPLETED, UNDOING, UNDO_BACKOFF, UNDO_READY -> COMPLETED;
        };
    }
}
