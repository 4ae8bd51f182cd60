package dev.fireflytx.core.definition;

/**
 * What events carry besides what happened.
 *
 * @param timing how long it took, as {@code duration_ms}
 * @param payload what the step was given, or the saga
 * @param result what the step returned, or all steps of the saga; where it failed, why
 * @param context the context's values at that moment
 */
public record EventContent(boolean timing, boolean payload, boolean result, boolean context) {
    /** Nothing. */
    public static final EventContent NOTHING = new EventContent(false, false, false, false);
}
