package dev.fireflytx.engine;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;

/** Tells when the code of one attempt began, and how long it took. */
final class Stopwatch {
    private volatile long startedUs = nowUs();
    private volatile long startedNs = System.nanoTime();

    /** The code begins now, and not when it was asked for. */
    void start() {
        startedUs = nowUs();
        startedNs = System.nanoTime();
    }

    RanAttempt read(Task task, Outcome outcome) {
        long durationUs = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startedNs);
        return new RanAttempt(task.attempt(), task.saga(), startedUs, durationUs, outcome, task.trace());
    }

    private static long nowUs() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }
}
