package dev.fireflytx.core.machine;

import dev.fireflytx.core.machine.LiveAttempt.Hold;
import java.util.ArrayList;
import java.util.List;

/** What has to be done outside. It follows from the state, so that a recovered saga asks for the same as one that never stopped. */
public final class Commands {
    /** One thing to do. */
    public sealed interface Command {}

    /**
     * Tell the machine when there is a place for this attempt.
     *
     * @param attempt which one
     */
    public record Queue(AttemptRef attempt) implements Command {}

    /**
     * This attempt needs no place any more.
     *
     * @param attempt which one
     */
    public record Unqueue(AttemptRef attempt) implements Command {}

    /**
     * Hand this attempt to an executor; its timeout counts from there. It may have been queued.
     *
     * @param attempt which one
     */
    public record Run(AttemptRef attempt) implements Command {}

    /**
     * Tell this attempt to stop, and tell the machine if it has not ended within the settle time.
     *
     * @param attempt which one
     */
    public record Stop(AttemptRef attempt) implements Command {}

    /**
     * Wake the step.
     *
     * @param step its index
     * @param dueMs when, by the clock of the inputs
     */
    public record Wake(int step, long dueMs) implements Command {}

    /**
     * Tell the machine when the saga's time is up.
     *
     * @param dueMs when, by the clock of the inputs
     */
    public record WakeSaga(long dueMs) implements Command {}

    private Commands() {}

    /**
     * What a change of state asks for; from a blank state, all that a state asks for.
     *
     * @param before where the saga stood, by the last call
     * @param after where it stands
     * @return what to do, in the order of the steps
     */
    public static List<Command> between(SagaState before, SagaState after) {
        List<Command> commands = new ArrayList<>();
        for (int step = 0; step < after.size(); step++) {
            if (before.step(step) != after.step(step)) {
                ofStep(step, before.step(step), after.step(step), commands);
            }
        }
        if (after.deadlineMs() != 0 && after.deadlineMs() != before.deadlineMs()) {
            commands.add(new WakeSaga(after.deadlineMs()));
        }
        return commands;
    }

    private static void ofStep(int step, StepState before, StepState after, List<Command> commands) {
        for (LiveAttempt earlier : before.live()) {
            ofEarlier(step, earlier, after, commands);
        }
        for (LiveAttempt attempt : after.live()) {
            ofAttempt(step, before, attempt, commands);
        }
        boolean waits = after.phase() == StepPhase.BACKOFF || after.phase() == StepPhase.UNDO_BACKOFF;
        if (waits && (after.phase() != before.phase() || after.dueMs() != before.dueMs())) {
            commands.add(new Wake(step, after.dueMs()));
        }
    }

    private static void ofEarlier(int step, LiveAttempt earlier, StepState after, List<Command> commands) {
        AttemptRef ref = earlier.ref(step);
        if (earlier.hold() == Hold.QUEUED && after.find(ref).isEmpty()) {
            commands.add(new Unqueue(ref));
        }
    }

    private static void ofAttempt(int step, StepState before, LiveAttempt attempt, List<Command> commands) {
        AttemptRef ref = attempt.ref(step);
        Hold earlier = before.find(ref).map(LiveAttempt::hold).orElse(null);
        if (earlier == attempt.hold()) {
            return;
        }
        switch (attempt.hold()) {
            case QUEUED -> commands.add(new Queue(ref));
            case OPEN -> commands.add(new Run(ref));
            case ABANDONED -> commands.add(new Stop(ref));
            case STUCK, LOST -> { }
        }
    }
}
