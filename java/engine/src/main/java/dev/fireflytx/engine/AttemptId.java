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
}
