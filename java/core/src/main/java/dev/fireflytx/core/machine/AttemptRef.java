package dev.fireflytx.core.machine;

/**
 * Names one attempt within its saga.
 *
 * @param step the step's index
 * @param direction what it runs
 * @param number counts from 1 for each step and direction
 */
public record AttemptRef(int step, Direction direction, int number) {}
