package dev.fireflytx.core.machine;

/**
 * An attempt that may still report something, or that waits for a place.
 *
 * @param direction what it runs
 * @param number its number
 * @param hold how the machine holds it
 */
record LiveAttempt(Direction direction, int number, Hold hold) {

    /** How the machine holds an attempt that has not ended. */
    enum Hold {
        /** It waits for a place outside; nothing of it has run. */
        QUEUED,
        /** It runs, and its outcome is awaited. */
        OPEN,
        /** It was told to stop, and its end is awaited before the step is retried or undone. */
        ABANDONED,
        /** It was told to stop and did not end in time; a person may have to look. */
        STUCK,
        /** Its process is gone; should a success arrive all the same, it is believed. */
        LOST
    }

    AttemptRef ref(int step) {
        return new AttemptRef(step, direction, number);
    }

    boolean is(AttemptRef ref) {
        return direction == ref.direction() && number == ref.number();
    }

    /** Whether it occupies one of the saga's places. */
    boolean runs() {
        return hold == Hold.QUEUED || hold == Hold.OPEN || hold == Hold.ABANDONED;
    }

    /** Whether it may have been handed out, and may still be working. */
    boolean isOut() {
        return hold != Hold.QUEUED && hold != Hold.LOST;
    }

    /** Whether its step may not be retried or undone yet. */
    boolean isUnsettled() {
        return hold != Hold.LOST;
    }

    LiveAttempt held(Hold next) {
        return new LiveAttempt(direction, number, next);
    }
}
