package dev.fireflytx.engine;

/** The stores that an engine can keep its sagas in. */
public final class Stores {
    /** How many results of ended sagas a memory store keeps. */
    public static final int MEMORY_RESULTS = 10_000;

    private Stores() {}

    /**
     * A store that is gone with its process; it keeps the last {@value #MEMORY_RESULTS} results.
     *
     * @return a new, empty store
     */
    public static Store memory() {
        return new MemoryStore(MEMORY_RESULTS);
    }
}
