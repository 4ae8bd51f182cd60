package dev.fireflytx.engine;

import dev.fireflytx.core.json.JsonException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The largest value that the engine takes.
 *
 * @param sizeBytes of its UTF-8 text
 */
record ValueLimit(long sizeBytes) {
    private static final int MOST_BYTES_A_CHAR = 3;

    /**
     * Refuses a value that is too large.
     *
     * @param value its text
     * @param what how to call it in the message
     * @throws JsonException if it is over the limit
     */
    void check(String value, String what) {
        if ((long) value.length() * MOST_BYTES_A_CHAR <= sizeBytes) {
            return;
        }
        long found = sizeOf(value);
        if (found > sizeBytes) {
            throw new JsonException(
                    what + " is " + found + " bytes of JSON, over the limit of " + sizeBytes + " bytes");
        }
    }

    /**
     * Whether values overlaid on one another are within the limit, as far as their lengths tell.
     *
     * @param belowBytes the size of the lowest
     * @param above the others
     */
    boolean surelyHolds(long belowBytes, List<String> above) {
        return belowBytes + above.stream().mapToLong(String::length).sum() * MOST_BYTES_A_CHAR <= sizeBytes;
    }

    static long sizeOf(String value) {
        return value.getBytes(StandardCharsets.UTF_8).length; // with its copy still several times as fast as a look at each character
    }
}
