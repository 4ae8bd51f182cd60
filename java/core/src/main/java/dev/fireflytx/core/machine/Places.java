package dev.fireflytx.core.machine;

import dev.fireflytx.core.definition.StepKind;

/**
 * How many more attempts the outside takes now, by what they occupy. An attempt that finds no place is queued; the shell says when
 * there is one for it.
 *
 * @param coroutines at least 0
 * @param threads at least 0
 * @param java at least 0
 */
public record Places(int coroutines, int threads, int java) {
    /** For a shell that takes every attempt. */
    public static final Places UNLIMITED = new Places(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE);

    /**
     * {@return how many there are}
     *
     * @param kind what an attempt occupies
     */
    public int of(StepKind kind) {
        return switch (kind) {
            case COROUTINE -> coroutines;
            case THREAD -> threads;
            case JAVA -> java;
        };
    }
}
