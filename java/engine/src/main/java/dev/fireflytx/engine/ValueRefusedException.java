package dev.fireflytx.engine;

/** A value can't become JSON, or JSON can't become a value. The message says which and where in it, and never holds the value. */
public final class ValueRefusedException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /**
     * @param problem what was wanted, and what was found
     */
    public ValueRefusedException(String problem) {
        super(problem);
    }
}
