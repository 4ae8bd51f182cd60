package dev.fireflytx.engine;

import dev.fireflytx.engine.journal.SqliteStore;
import java.nio.file.Path;

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

    /**
     * A journal in one SQLite file: what it acknowledged survives a crash of the process and of the machine.
     *
     * @param file the file; made, with its folder, if it is not there
     * @return a store that owns the file until it is closed
     * @throws StoreException if the file can't be opened, is damaged, from a later release, or owned by another engine
     */
    public static Store sqlite(Path file) {
        return SqliteStore.open(file);
    }
}
