package dev.fireflytx.core.simulation;

import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Direction;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What an onlooker knows of one step. Kept from what came in and what was recorded, without the machine's own state. */
final class StepLedger {
    /** How an attempt stands. */
    enum Standing {
        QUEUED,
        RUNNING,
        STOPPING,
        STUCK,
        LOST,
        OVER
    }

    /** How the step itself stands. */
    enum Life {
        OPEN,
        SKIPPED,
        COMPLETED,
        FAILED,
        PARKED
    }

    /** How undoing it stands. */
    enum Undoing {
        NONE,
        GOING,
        DONE,
        GIVEN_UP
    }

    Life life = Life.OPEN;
    Undoing undoing = Undoing.NONE;
    /** Its condition said yes. */
    boolean passed;
    /** A pause before its next attempt goes on. */
    boolean paused;
    /** Such a pause is over, and the next attempt has not started. */
    boolean due;
    /** An attempt may have taken effect without our knowing. */
    boolean inDoubt;
    /** It succeeded after it had been given up. */
    boolean late;
    /** Undoing with the late result has not begun. */
    boolean lateWaits;
    /** Its last outcome rules out another attempt. */
    boolean hopeless;
    /** Its place in the order in which steps settled. */
    int settledAt;

    private final Map<AttemptRef, Standing> attempts = new LinkedHashMap<>();
    private final Map<Direction, Integer> failures = new EnumMap<>(Direction.class);
    private final Map<Direction, Integer> losses = new EnumMap<>(Direction.class);

    /** How an attempt stands; null if there is no such attempt. */
    Standing standing(AttemptRef attempt) {
        return attempts.get(attempt);
    }

    void stand(AttemptRef attempt, Standing standing) {
        attempts.put(attempt, standing);
    }

    boolean hasAny(Standing standing) {
        return attempts.containsValue(standing);
    }

    /** Whether an attempt may still be at work. */
    boolean isUnsettled() {
        return takesPlace() || hasAny(Standing.STUCK);
    }

    boolean takesPlace() {
        return hasAny(Standing.QUEUED) || hasAny(Standing.RUNNING) || hasAny(Standing.STOPPING);
    }

    boolean isUntouched() {
        return attempts.isEmpty();
    }

    long attempts(Direction direction) {
        return attempts.keySet().stream().filter(attempt -> attempt.direction() == direction).count();
    }

    int failures(Direction direction) {
        return failures.getOrDefault(direction, 0);
    }

    int losses(Direction direction) {
        return losses.getOrDefault(direction, 0);
    }

    void countFailure(AttemptRef attempt) {
        failures.merge(attempt.direction(), 1, Integer::sum);
    }

    void countLoss(AttemptRef attempt) {
        losses.merge(attempt.direction(), 1, Integer::sum);
    }

    void doubt(AttemptRef attempt) {
        inDoubt |= attempt.direction() == Direction.FORWARD;
    }

    /** Tells all running attempts to stop. */
    List<AttemptRef> stop() {
        List<AttemptRef> stopped = new ArrayList<>();
        attempts.replaceAll((attempt, standing) -> {
            if (standing != Standing.RUNNING) {
                return standing;
            }
            stopped.add(attempt);
            return Standing.STOPPING;
        });
        return stopped;
    }

    void settle(Life next, int order) {
        life = next;
        settledAt = order;
        paused = false;
        due = false;
    }

    /** Drops the attempts that wait for a place, but for one that runs again what was lost, if that is to be spared. */
    List<AttemptRef> unqueue(boolean sparesReruns) {
        List<AttemptRef> dropped = attempts.keySet().stream()
                .filter(attempt -> attempts.get(attempt) == Standing.QUEUED)
                .filter(attempt -> !sparesReruns || !isRerun(attempt)).toList();
        dropped.forEach(attempts::remove);
        return dropped;
    }

    private boolean isRerun(AttemptRef attempt) {
        AttemptRef before = new AttemptRef(attempt.step(), attempt.direction(), attempt.number() - 1);
        return attempt.direction() == Direction.FORWARD && standing(before) == Standing.LOST;
    }

    boolean isDone() {
        return life == Life.COMPLETED || life == Life.SKIPPED;
    }
}
