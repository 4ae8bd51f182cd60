package dev.fireflytx.engine.simulation;

/** A promise that was not kept. */
final class Violation extends AssertionError {
    private static final long serialVersionUID = 1L;

    private Violation(String message) {
        super(message);
    }

    static void unless(boolean kept, String broken, Object where) {
        if (!kept) {
            throw new Violation(broken + ": " + where);
        }
    }
}
