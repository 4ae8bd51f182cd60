package dev.fireflytx.core.json;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lays the results that a step can see over the saga's input: at the top level only, each member's text as it came. */
public final class Overlay {
    private Overlay() {}

    /**
     * What a step is given.
     *
     * @param input the saga's input, an object
     * @param results the visible results, objects, nearest first; a nearer one's member replaces a farther one's
     * @return one object: the input's keys first, then new ones as the results bring them, nearest first
     * @throws JsonException if one of them is no object
     */
    public static String of(String input, List<String> results) {
        if (results.isEmpty()) {
            return input;
        }
        Map<String, String> nearest = new LinkedHashMap<>();
        for (String result : results) {
            JsonObject.split(result).members().forEach(nearest::putIfAbsent);
        }
        if (nearest.isEmpty()) {
            return input;
        }
        Map<String, String> merged = new LinkedHashMap<>(JsonObject.split(input).members());
        merged.putAll(nearest);
        return JsonObject.join(merged);
    }
}
