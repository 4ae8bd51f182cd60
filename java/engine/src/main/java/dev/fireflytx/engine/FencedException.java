package dev.fireflytx.engine;

/** Another engine has taken over the sagas of this one, which stood still for too long; nothing that is in memory counts any more. */
public final class FencedException extends StoreException {
    private static final long serialVersionUID = 1L;

    /**
     * Says so.
     *
     * @param store what the store calls itself
     */
    public FencedException(String store) {
        super("This engine stood still for so long that another one has taken over its sagas in '" + store
                + "'. What it had in memory is dropped; it has to join again.");
    }
}
