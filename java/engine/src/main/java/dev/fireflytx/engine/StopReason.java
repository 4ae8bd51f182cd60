package dev.fireflytx.engine;

/** Why an attempt is told to stop. */
public enum StopReason {
    /** Its own time is up. */
    TIMEOUT,
    /** Its saga was cancelled. */
    SAGA_CANCELLED,
    /** Its saga's time is up. */
    SAGA_TIMEOUT,
    /** Another attempt of the same step succeeded first, or its saga has ended. */
    SUPERSEDED
}
