package dev.fireflytx.core.definition;

import java.util.Collection;

/** Finds the name that a person probably meant. */
public final class NearestName {
    private NearestName() {}

    /**
     * Says which name was probably meant.
     *
     * @param wanted a name that there is not
     * @param steps the ids that there are, at least one
     * @return two sentences for people
     */
    public static String hint(String wanted, Collection<String> steps) {
        return "Did you mean '" + to(wanted, steps) + "'? Steps: " + String.join(", ", steps) + ".";
    }

    /** The candidate with the smallest Levenshtein distance, the first of equals; null without candidates. */
    static String to(String wanted, Collection<String> candidates) {
        String nearest = null;
        int least = Integer.MAX_VALUE;
        for (String candidate : candidates) {
            int distance = distance(wanted, candidate);
            if (distance < least) {
                least = distance;
                nearest = candidate;
            }
        }
        return nearest;
    }

    /** Counts code points, as Python does, so that both languages suggest the same name. */
    private static int distance(String left, String right) {
        int[] from = left.codePoints().toArray();
        int[] to = right.codePoints().toArray();
        int[] row = new int[to.length + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length; i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length; j++) {
                int substituted = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.length];
    }
}
