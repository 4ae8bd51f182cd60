package dev.fireflytx.engine.simulation;

import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.engine.AttemptId;

/** An attempt's name, whoever handed it out. */
record Attempt(String saga, String step, Direction direction, int number) {
    static Attempt of(AttemptId id) {
        return new Attempt(id.correlationId(), id.step(), id.direction(), id.number());
    }
}
