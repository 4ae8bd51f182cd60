package dev.fireflytx.engine;

import java.util.List;

/**
 * What was found when everything in a store was read and checked.
 *
 * @param sagas how many sagas were read
 * @param facts how many facts of theirs
 * @param problems what is wrong, in the order in which it was found; the first {@value #MOST_PROBLEMS} at most
 * @param problemCount how much is wrong, also what {@code problems} has no room for
 */
public record StoreReport(long sagas, long facts, List<Problem> problems, long problemCount) {
    /** How many problems a report tells. */
    public static final int MOST_PROBLEMS = 100;

    /**
     * Something that is wrong.
     *
     * @param correlationId the id of the saga that it concerns, as far as it can be read; else empty
     * @param saga the saga's name, as far as it can be read; else empty
     * @param message what it is, for people; never a value
     */
    public record Problem(String correlationId, String saga, String message) {}
}
