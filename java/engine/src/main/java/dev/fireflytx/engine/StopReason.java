package dev.fireflytx.engine;

import dev.fireflytx.core.machine.Signal;

/** Why an attempt is told to stop. */
public enum StopReason {
    /** Its own time is up. */
    TIMEOUT,
    /** Its saga was cancelled. */
    SAGA_CANCELLED,
    /** Its saga's time is up. */
    SAGA_TIMEOUT,
    /** Another attempt of the same step succeeded first, or its saga has ended. */
    SUPERSEDED;

    static StopReason of(Signal signal) {
        if (signal instanceof Signal.TimeUp) {
            return TIMEOUT;
        }
        if (signal instanceof Signal.Cancel) {
            return SAGA_CANCELLED;
        }
        return signal instanceof Signal.SagaTimeUp ? SAGA_TIMEOUT : SUPERSEDED;
    }
}
