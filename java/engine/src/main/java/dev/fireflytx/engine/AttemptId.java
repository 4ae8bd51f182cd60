package dev.fireflytx.engine;

import dev.fireflytx.core.machine.Direction;

/**
 * Names one attempt among all sagas and owners.
 *
 * @param correlationId the saga's id
 * @param step the step's id
 * @param direction what it runs
 * @param number counts from 1 for each step and direction
 * @param fence the owner's fence when it was handed out
 */
public record AttemptId(String correlationId, String step, Direction direction, int number, long fence) {

    /** The same attempt, whoever handed it out: its number is journaled first, so no two owners give the same one. */
    AttemptId ofAnyOwner() {
        return new AttemptId(correlationId, step, direction, number, 0);
    }

    // Both by hand: a record's own are put together when they are first called, and every start would wait for that.
    @Override
    public boolean equals(Object other) {
        return other instanceof AttemptId that && number == that.number && fence == that.fence && direction == that.direction
                && step.equals(that.step) && correlationId.equals(that.correlationId);
    }

    @Override
    public int hashCode() {
        return ((correlationId.hashCode() * 31 + step.hashCode()) * 31 + direction.ordinal()) * 31 + number;
    }
}
