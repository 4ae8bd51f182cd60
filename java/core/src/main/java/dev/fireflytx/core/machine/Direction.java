package dev.fireflytx.core.machine;

/** What an attempt runs: a step's condition, the step, or its compensation. */
public enum Direction {
    /** The condition, asked once before the first attempt. */
    CONDITION,
    /** The step. */
    FORWARD,
    /** The step's compensation. */
    BACKWARD
}
