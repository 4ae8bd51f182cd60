package dev.fireflytx.engine;

import java.util.Optional;

/**
 * An attempt that ran in this JVM.
 *
 * @param attempt its name
 * @param saga the saga's name
 * @param startedUs when its code began, in microseconds since 1970
 * @param durationUs how long it took, in microseconds
 * @param outcome how it ended
 * @param toldToStop why it was told to stop, if it was
 * @param trace the headers of the trace that the saga belongs to, a JSON object
 */
public record RanAttempt(AttemptId attempt, String saga, long startedUs, long durationUs, Outcome outcome, Optional<StopReason> toldToStop,
        String trace) {}
