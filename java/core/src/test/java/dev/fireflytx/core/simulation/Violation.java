package dev.fireflytx.core.simulation;

/** A promise that the machine did not keep. */
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
