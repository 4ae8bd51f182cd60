package dev.fireflytx.core.machine;

/** Where one step stands, from waiting to being undone. {@link StepTable} has every way from one to the next. */
public enum StepPhase {
    /** Waits for its dependencies, or for a place. */
    PENDING,
    /** Its condition is being asked. */
    CHECKING,
    /** Nothing is missing but a place. */
    READY,
    /** An attempt runs, or one that was told to stop has not ended yet. */
    RUNNING,
    /** Waits for its next attempt. */
    BACKOFF,
    /** Waits for a person. */
    PARKED,
    /** Done. */
    COMPLETED,
    /** Its condition said no. */
    SKIPPED,
    /** Given up. */
    FAILED,
    /** An attempt to undo it runs. */
    UNDOING,
    /** Waits for the next attempt to undo it. */
    UNDO_BACKOFF,
    /** The next attempt to undo it lacks nothing but a place. */
    UNDO_READY,
    /** Undone. */
    COMPENSATED,
    /** Undoing it was given up; a person has to deal with it. */
    COMPENSATION_FAILED;

    /** {@return whether its dependents may start} */
    public boolean opensDependents() {
        return this == COMPLETED || this == SKIPPED;
    }

    /** {@return whether it is on its way to being undone} */
    public boolean isBeingUndone() {
        return this == UNDOING || this == UNDO_BACKOFF || this == UNDO_READY;
    }

    /** {@return whether its forward life has not ended: a success would still complete it} */
    public boolean isOpen() {
        return ordinal() <= PARKED.ordinal();
    }
}
