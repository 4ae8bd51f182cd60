package dev.fireflytx.engine.conformance;

/** A scenario is not written as {@code tests/conformance/README.md} says. */
final class ScenarioException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ScenarioException(String problem) {
        super(problem);
    }
}
