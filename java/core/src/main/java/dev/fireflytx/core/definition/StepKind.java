package dev.fireflytx.core.definition;

/** What an attempt occupies while it runs; executors grant places by kind. */
public enum StepKind {
    /** A task on an event loop: cheap, and can be cancelled. */
    COROUTINE,
    /** A thread: dear, and can't be cancelled. */
    THREAD,
    /** Code in the engine's own JVM, of a saga whose other steps run elsewhere. */
    JAVA
}
