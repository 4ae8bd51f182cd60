package dev.fireflytx.core.machine;

/** Where a saga stands. */
public enum SagaPhase {
    /** Steps start as their dependencies complete. */
    FORWARD,
    /** A step was given up, or the saga was cancelled; what runs is waited for. */
    FAILING,
    /** Completed steps are being undone. */
    COMPENSATING,
    /** Every step completed or was skipped. */
    COMPLETED,
    /** Everything that had to be undone is undone. */
    COMPENSATED,
    /** It ended, with steps whose undoing was given up. */
    COMPENSATION_FAILED;

    /** {@return whether nothing can happen any more without a person} */
    public boolean isEnded() {
        return ordinal() >= COMPLETED.ordinal();
    }

    /** {@return whether new steps start} */
    public boolean isForward() {
        return this == FORWARD;
    }
}
