package dev.fireflytx.core.machine;

/**
 * A signal with all that the machine may know of the world at that moment.
 *
 * @param signal what happened
 * @param nowMs when, in milliseconds of the shell's clock
 * @param jitter a random number from 0 (inclusive) to 1 (exclusive), for the pause that may follow
 * @param places how many attempts may be handed out at once
 */
public record Input(Signal signal, long nowMs, double jitter, Places places) {}
