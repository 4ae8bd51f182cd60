package dev.fireflytx.engine.simulation;

import java.util.List;
import java.util.Random;

/** Everything that is random about one run: one seed gives one run. */
final class Dice {
    private final Random random;

    Dice(long seed) {
        random = new Random(seed);
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    /** A number from {@code low} to {@code high}, both included. */
    int between(int low, int high) {
        return low + random.nextInt(high - low + 1);
    }

    double fraction() {
        return random.nextDouble();
    }

    <T> T pick(List<T> candidates) {
        return candidates.get(random.nextInt(candidates.size()));
    }

    @SafeVarargs
    final <T> T oneOf(T... candidates) {
        return candidates[random.nextInt(candidates.length)];
    }
}
