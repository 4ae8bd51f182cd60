package dev.fireflytx.core.definition;

/** A saga's definition can't be run; the message says why and names the saga and the step. */
public final class InvalidDefinitionException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /**
     * @param problem the sentence for people
     */
    public InvalidDefinitionException(String problem) {
        super(problem);
    }
}
