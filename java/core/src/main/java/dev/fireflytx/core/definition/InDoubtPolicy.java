package dev.fireflytx.core.definition;

/** What to do with a step that was given up while nobody knows whether one of its attempts took effect. */
public enum InDoubtPolicy {
    /** Undo it too, with an empty result, if it has a compensation. */
    COMPENSATE,
    /** Treat it as not done. */
    FAIL,
    /** Wait for a person. */
    PARK
}
