package dev.fireflytx.core.machine;

import static dev.fireflytx.core.machine.StepPhase.BACKOFF;
import static dev.fireflytx.core.machine.StepPhase.CHECKING;
import static dev.fireflytx.core.machine.StepPhase.COMPENSATED;
import static dev.fireflytx.core.machine.StepPhase.COMPENSATION_FAILED;
import static dev.fireflytx.core.machine.StepPhase.COMPLETED;
import static dev.fireflytx.core.machine.StepPhase.FAILED;
import static dev.fireflytx.core.machine.StepPhase.PARKED;
import static dev.fireflytx.core.machine.StepPhase.PENDING;
import static dev.fireflytx.core.machine.StepPhase.READY;
import static dev.fireflytx.core.machine.StepPhase.RUNNING;
import static dev.fireflytx.core.machine.StepPhase.SKIPPED;
import static dev.fireflytx.core.machine.StepPhase.UNDOING;
import static dev.fireflytx.core.machine.StepPhase.UNDO_BACKOFF;
import static dev.fireflytx.core.machine.StepPhase.UNDO_READY;

import java.util.EnumMap;
import java.util.Map;

/**
 * The life of a step: every phase, every move, and where it leads.
 *
 * <p>Two laws. A move that the table lacks is a defect and throws; nothing repairs it quietly. A step is undone only from a phase in which
 * it may have had an effect: {@code COMPLETED}, or {@code FAILED} in doubt.
 *
 * <p>{@code docs/state-machine.md} is drawn from this table.
 */
public final class StepTable {
    /** What can happen to a step. */
    public enum Move {
        /** Its next attempt, or its condition's, waits for a place outside. */
        QUEUE,
        /** An attempt of its condition starts. */
        CHECK,
        /** The condition said yes. */
        PASS,
        /** The condition said no. */
        SKIP,
        /** The condition was called off before it answered. */
        UNCHECK,
        /** An attempt starts. */
        RUN,
        /** An attempt succeeded. */
        COMPLETE,
        /** Another attempt is to follow. */
        WAIT,
        /** The pause before the next attempt is over. */
        DUE,
        /** It is given up. */
        FAIL,
        /** It needs a person. */
        PARK,
        /** A person wants it tried again. */
        REOPEN,
        /** An attempt that had been given up succeeded after all. */
        LATE,
        /** The next attempt to undo it waits for a place outside. */
        UNDO_QUEUE,
        /** An attempt to undo it starts. */
        UNDO,
        /** Another attempt to undo it is to follow. */
        UNDO_WAIT,
        /** The pause before the next attempt to undo it is over. */
        UNDO_DUE,
        /** It is undone. */
        UNDONE,
        /** Undoing it is given up. */
        UNDO_FAIL
    }

    private static final Map<StepPhase, Map<Move, StepPhase>> TABLE = new EnumMap<>(StepPhase.class);

    static {
        from(PENDING, Move.QUEUE, PENDING);
        from(PENDING, Move.CHECK, CHECKING);
        from(PENDING, Move.RUN, RUNNING);
        from(PENDING, Move.COMPLETE, COMPLETED); // by a person, while its condition does not end
        from(PENDING, Move.FAIL, FAILED); // by a person, while its condition does not end

        from(CHECKING, Move.QUEUE, PENDING); // again, after a loss
        from(CHECKING, Move.CHECK, CHECKING); // again, after a loss
        from(CHECKING, Move.PASS, READY);
        from(CHECKING, Move.SKIP, SKIPPED);
        from(CHECKING, Move.UNCHECK, PENDING);
        from(CHECKING, Move.FAIL, FAILED);
        from(CHECKING, Move.PARK, PARKED);

        from(READY, Move.QUEUE, READY);
        from(READY, Move.RUN, RUNNING);
        from(READY, Move.COMPLETE, COMPLETED); // by an attempt thought lost
        from(READY, Move.FAIL, FAILED); // a retry that is dropped
        from(READY, Move.PARK, PARKED); // a retry that is dropped, in doubt

        from(RUNNING, Move.QUEUE, READY); // again, after a loss
        from(RUNNING, Move.RUN, RUNNING); // again, after a loss
        from(RUNNING, Move.COMPLETE, COMPLETED);
        from(RUNNING, Move.WAIT, BACKOFF);
        from(RUNNING, Move.FAIL, FAILED);
        from(RUNNING, Move.PARK, PARKED);
        from(RUNNING, Move.REOPEN, READY); // by a person, while an attempt does not end

        from(BACKOFF, Move.DUE, READY);
        from(BACKOFF, Move.COMPLETE, COMPLETED); // by an attempt thought lost
        from(BACKOFF, Move.FAIL, FAILED); // a retry that is dropped
        from(BACKOFF, Move.PARK, PARKED); // a retry that is dropped, in doubt

        from(PARKED, Move.COMPLETE, COMPLETED); // by an attempt that ended after all, or a person
        from(PARKED, Move.REOPEN, READY); // by a person
        from(PARKED, Move.UNCHECK, PENDING); // by a person: its condition is asked again
        from(PARKED, Move.FAIL, FAILED); // by a person

        from(COMPLETED, Move.UNDO_QUEUE, UNDO_READY);
        from(COMPLETED, Move.UNDO, UNDOING);

        from(FAILED, Move.UNDO_QUEUE, UNDO_READY); // in doubt, or late
        from(FAILED, Move.UNDO, UNDOING); // in doubt, or late
        from(FAILED, Move.LATE, FAILED);

        from(UNDOING, Move.UNDO_QUEUE, UNDO_READY); // again, after a loss
        from(UNDOING, Move.UNDO, UNDOING); // again, after a loss
        from(UNDOING, Move.LATE, UNDOING); // undone again, with its result
        from(UNDOING, Move.UNDO_WAIT, UNDO_BACKOFF);
        from(UNDOING, Move.UNDONE, COMPENSATED);
        from(UNDOING, Move.UNDO_FAIL, COMPENSATION_FAILED);

        from(UNDO_BACKOFF, Move.UNDO_DUE, UNDO_READY);
        from(UNDO_BACKOFF, Move.LATE, UNDO_BACKOFF);
        from(UNDO_BACKOFF, Move.UNDONE, COMPENSATED); // by an attempt thought lost

        from(UNDO_READY, Move.UNDO_QUEUE, UNDO_READY);
        from(UNDO_READY, Move.UNDO, UNDOING);
        from(UNDO_READY, Move.LATE, UNDO_READY);
        from(UNDO_READY, Move.UNDONE, COMPENSATED); // by an attempt thought lost

        from(COMPENSATED, Move.LATE, FAILED); // undone again, with its result
        from(COMPENSATION_FAILED, Move.UNDONE, COMPENSATED); // by an attempt that ended after all, or a person
        from(COMPENSATION_FAILED, Move.UNDO_DUE, UNDO_READY); // by a person
    }

    private StepTable() {}

    /**
     * {@return where it stands then}
     *
     * @param phase where the step stands
     * @param move what happens to it
     * @throws IllegalStateException if that can't happen
     */
    public static StepPhase next(StepPhase phase, Move move) {
        StepPhase next = TABLE.getOrDefault(phase, Map.of()).get(move);
        if (next == null) {
            throw new IllegalStateException("a step that is " + phase + " can't make the move " + move);
        }
        return next;
    }

    /**
     * {@return its possible moves and where they lead}
     *
     * @param phase where a step stands
     */
    public static Map<Move, StepPhase> movesFrom(StepPhase phase) {
        return Map.copyOf(TABLE.getOrDefault(phase, Map.of()));
    }

    private static void from(StepPhase phase, Move move, StepPhase next) {
        TABLE.computeIfAbsent(phase, ignored -> new EnumMap<>(Move.class)).put(move, next);
    }
}
