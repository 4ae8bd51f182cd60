package dev.fireflytx.core.definition;

/** In which order a failed saga's completed steps are undone. */
public enum CompensationOrder {
    /** One at a time, the newest completion first. */
    SEQUENTIAL,
    /** Each as soon as everything that depended on it has been undone. */
    PARALLEL
}
