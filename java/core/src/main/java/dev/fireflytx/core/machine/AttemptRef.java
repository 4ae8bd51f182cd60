package dev.fireflytx.core.machine;

import dev.fireflytx.core.definition.SagaPlan;
import dev.fireflytx.core.definition.StepKind;

/**
 * Names one attempt within its saga.
 *
 * @param step the step's index
 * @param direction what it runs
 * @param number counts from 1 for each step and direction
 */
public record AttemptRef(int step, Direction direction, int number) {

    /**
     * {@return what it occupies while it runs} Conditions are asked where coroutines run.
     *
     * @param plan what its saga runs
     */
    public StepKind kind(SagaPlan plan) {
        return switch (direction) {
            case CONDITION -> StepKind.COROUTINE;
            case FORWARD -> plan.step(step).kind();
            case BACKWARD -> plan.step(step).compensation().orElseThrow().kind();
        };
    }

    // Both by hand: a record's own are put together when they are first called, and every start would wait for that.
    @Override
    public boolean equals(Object other) {
        return other instanceof AttemptRef that && step == that.step && number == that.number && direction == that.direction;
    }

    @Override
    public int hashCode() {
        return (step * 31 + number) * 31 + direction.ordinal();
    }
}
