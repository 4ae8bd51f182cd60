package dev.fireflytx.core.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One step of one run. Immutable; changed by {@link Evolution} alone.
 *
 * @param phase where it stands
 * @param forward counts of the step's own attempts
 * @param backward counts of its compensation's attempts
 * @param condition counts of its condition's attempts
 * @param live attempts that may still report something, or wait for a place; seldom more than one
 * @param effect what is known of its effect
 * @param dueMs when its next attempt is due, while it waits for one
 * @param settledAt its place in the order in which steps settled, from 1; 0 before
 */
public record StepState(
        StepPhase phase,
        Tally forward,
        Tally backward,
        Tally condition,
        List<LiveAttempt> live,
        Effect effect,
        long dueMs,
        int settledAt) {

    static final StepState PENDING =
            new StepState(StepPhase.PENDING, Tally.NONE, Tally.NONE, Tally.NONE, List.of(), Effect.NONE, 0, 0);

    /** What is known of a step's effect on the world. */
    public enum Effect {
        /** It had none. */
        NONE,
        /** An attempt timed out, was cancelled or was lost: it may have had one. */
        IN_DOUBT,
        /** It succeeded. */
        KNOWN,
        /** It succeeded after it had been given up; its result has not been undone yet. */
        LATE
    }

    /**
     * Counts of attempts in one direction.
     *
     * @param attempts all that started
     * @param failures those that count against the retries
     * @param losses those whose process was lost
     */
    public record Tally(int attempts, int failures, int losses) {
        static final Tally NONE = new Tally(0, 0, 0);

        Tally started() {
            return new Tally(attempts + 1, failures, losses);
        }

        Tally failed() {
            return new Tally(attempts, failures + 1, losses);
        }

        Tally lost() {
            return new Tally(attempts, failures, losses + 1);
        }
    }

    /**
     * {@return their counts}
     *
     * @param direction of the attempts
     */
    public Tally tally(Direction direction) {
        return switch (direction) {
            case FORWARD -> forward;
            case BACKWARD -> backward;
            case CONDITION -> condition;
        };
    }

    /** {@return whether an attempt occupies one of the saga's places} */
    public boolean runs() {
        for (LiveAttempt attempt : live) {
            if (attempt.runs()) {
                return true;
            }
        }
        return false;
    }

    /** {@return whether an attempt was told to stop and did not end in time} */
    public boolean isStuck() {
        return has(LiveAttempt.Hold.STUCK);
    }

    /** {@return whether an attempt may still be working, so that the step can be neither retried nor undone} */
    public boolean isUnsettled() {
        for (LiveAttempt attempt : live) {
            if (attempt.isUnsettled()) {
                return true;
            }
        }
        return false;
    }

    Optional<LiveAttempt> find(AttemptRef ref) {
        for (LiveAttempt attempt : live) {
            if (attempt.is(ref)) {
                return Optional.of(attempt);
            }
        }
        return Optional.empty();
    }

    StepState in(StepPhase next) {
        return new StepState(next, forward, backward, condition, live, effect, dueMs, settledAt);
    }

    StepState with(Effect next) {
        return new StepState(phase, forward, backward, condition, live, next, dueMs, settledAt);
    }

    StepState due(long nextMs) {
        return new StepState(phase, forward, backward, condition, live, effect, nextMs, settledAt);
    }

    StepState settled(int order) {
        return new StepState(phase, forward, backward, condition, live, effect, dueMs, order);
    }

    StepState counted(Direction direction, Tally next) {
        return switch (direction) {
            case FORWARD -> new StepState(phase, next, backward, condition, live, effect, dueMs, settledAt);
            case BACKWARD -> new StepState(phase, forward, next, condition, live, effect, dueMs, settledAt);
            case CONDITION -> new StepState(phase, forward, backward, next, live, effect, dueMs, settledAt);
        };
    }

    StepState opened(AttemptRef ref) {
        return without(ref).holding(ref, LiveAttempt.Hold.OPEN);
    }

    StepState queued(AttemptRef ref) {
        return holding(ref, LiveAttempt.Hold.QUEUED);
    }

    private StepState holding(AttemptRef ref, LiveAttempt.Hold hold) {
        List<LiveAttempt> next = new ArrayList<>(live);
        next.add(new LiveAttempt(ref.direction(), ref.number(), hold));
        return holding(next);
    }

    StepState without(AttemptRef ref) {
        if (find(ref).isEmpty()) {
            return this;
        }
        return holding(live.size() == 1 ? List.of() : live.stream().filter(attempt -> !attempt.is(ref)).toList());
    }

    StepState held(AttemptRef ref, LiveAttempt.Hold hold) {
        return holding(live.stream().map(attempt -> attempt.is(ref) ? attempt.held(hold) : attempt).toList());
    }

    /** Whether an attempt runs, or waits for a place, that was not told to stop. */
    boolean isOpen() {
        return has(LiveAttempt.Hold.OPEN) || isQueued();
    }

    /** Whether an attempt waits for a place. */
    boolean isQueued() {
        return has(LiveAttempt.Hold.QUEUED);
    }

    private boolean has(LiveAttempt.Hold hold) {
        for (LiveAttempt attempt : live) {
            if (attempt.hold() == hold) {
                return true;
            }
        }
        return false;
    }

    /** The same with its open attempts told to stop, and its condition, if it is being asked, unasked. */
    StepState calledOff() {
        boolean unasked = phase == StepPhase.CHECKING;
        return (unasked ? in(StepTable.next(phase, StepTable.Move.UNCHECK)) : this).abandoned();
    }

    /** Forgets what counted against its retries in one direction, and waits for no attempt any more. */
    StepState reopened(Direction direction) {
        List<LiveAttempt> next = begun().map(attempt -> attempt.held(LiveAttempt.Hold.LOST)).toList();
        return counted(direction, new Tally(tally(direction).attempts(), 0, 0)).holding(next);
    }

    /** Its saga turns back: no attempt starts, but one that was lost still has to run again, for its outcome. */
    StepState turnedBack() {
        return isQueued() && !isQueuedAgain() ? holding(begun().toList()) : this;
    }

    private boolean isQueuedAgain() {
        AttemptRef last = new AttemptRef(0, Direction.FORWARD, forward.attempts());
        return phase == StepPhase.READY && find(last).isPresent();
    }

    private Stream<LiveAttempt> begun() {
        return live.stream().filter(attempt -> attempt.hold() != LiveAttempt.Hold.QUEUED);
    }

    /** Tells every open attempt to stop; one that waits for a place never starts. */
    StepState abandoned() {
        if (!isOpen()) {
            return this;
        }
        return holding(begun()
                .map(attempt -> attempt.hold() == LiveAttempt.Hold.OPEN
                        ? attempt.held(LiveAttempt.Hold.ABANDONED) : attempt)
                .toList());
    }

    private StepState holding(List<LiveAttempt> next) {
        return new StepState(phase, forward, backward, condition, List.copyOf(next), effect, dueMs, settledAt);
    }
}
