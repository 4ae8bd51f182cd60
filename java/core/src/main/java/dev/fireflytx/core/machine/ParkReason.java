package dev.fireflytx.core.machine;

/** Why a step waits for a person. */
public enum ParkReason {
    /** It was given up with an attempt in doubt, and its policy says to ask. */
    IN_DOUBT("an attempt may have taken effect, and its in_doubt policy is 'park'"),
    /** It failed for good behind the pivot, where nothing may be undone. */
    BEHIND_PIVOT("it failed for good after the saga's pivot had succeeded"),
    /** The code that ran it is not there any more. */
    HANDLER_GONE("the code that it began with, or a key to its data, is not there any more"),
    /** Its process was lost too often. */
    LOST_TOO_OFTEN("the process that ran it was lost 10 times");

    private final String text;

    ParkReason(String text) {
        this.text = text;
    }

    /** {@return the reason as half a sentence for people} */
    public String text() {
        return text;
    }
}
