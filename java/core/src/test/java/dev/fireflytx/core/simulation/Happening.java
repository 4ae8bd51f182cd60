package dev.fireflytx.core.simulation;

/** What the world does next, with how many of 256 chances. */
enum Happening {
    SUCCESS(82),
    FAILURE(30),
    FAILURE_FOR_GOOD(6),
    TIME_UP(24),
    BACKOFF_OVER(30),
    PLACE(16),
    LOSS(16),
    LOSSES_WITHOUT_END(2),
    END(12),
    SETTLE_TIME_UP(12),
    NEWS_OF_THE_LOST(16),
    REPETITION(6),
    CANCEL(2),
    SAGA_TIME_UP(1),
    CRASH(1);

    private final int chances;

    Happening(int chances) {
        this.chances = chances;
    }

    static Happening of(int choice) {
        int rest = choice;
        for (Happening happening : values()) {
            rest -= happening.chances;
            if (rest < 0) {
                return happening;
            }
        }
        throw new IllegalArgumentException("a choice is below 256, got " + choice);
    }
}
