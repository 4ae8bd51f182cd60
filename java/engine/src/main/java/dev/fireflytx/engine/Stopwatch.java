package dev.fireflytx.engine;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Tells when the code of one attempt began, how long it took, and whether it was told to stop. */
final class Stopwatch {
    private volatile long startedUs = nowUs();
    private volatile long startedNs = System.nanoTime();
    private volatile StopReason told;

    /** The code begins now, and not when it was asked for. */
    void start() {
        startedUs = nowUs();
        startedNs = System.nanoTime();
    }

    /** It is told to stop. */
    void told(StopReason reason) {
        told = reason;
    }

    RanAttempt read(Task task, Outcome outcome) {
        long durationUs = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startedNs);
        return new RanAttempt(task.attempt(), task.saga(), startedUs, durationUs, outcome, Optional.ofNullable(told),
                task.trace());
    }

    private static long nowUs() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }
}
