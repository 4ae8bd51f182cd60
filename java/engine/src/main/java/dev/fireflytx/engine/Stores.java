package dev.fireflytx.engine;

import dev.fireflytx.engine.journal.ObservedJournal;
import dev.fireflytx.engine.journal.SqliteStore;
import java.nio.file.Path;

/** The stores that an engine can keep its sagas in. */
public final class Stores {
    /** How many results of ended sagas a memory store keeps. */
    public static final int MEMORY_RESULTS = 10_000;

    /** How large the values of those may be altogether, in characters of JSON; the last one is kept in any case. */
    public static final long MEMORY_RESULT_CHARS = 64L << 20;

    private Stores() {}

    /**
     * A store that is gone with its process; it keeps the last {@value #MEMORY_RESULTS} results, fewer if they are large.
     *
     * @return a new, empty store
     */
    public static Store memory() {
        return new MemoryStore(MEMORY_RESULTS, MEMORY_RESULT_CHARS);
    }

    /** Loads SQLite, so that the first journal of this process opens sooner. Nobody has to call this; it takes some hundredths of a second. */
    public static void prepare() {
        SqliteStore.prepare();
    }

    /**
     * A journal in one SQLite file: what it acknowledged survives a crash of the process and of the machine. Several engines may have one file, in
     * one process or in several on one machine; each saga is run by one of them.
     *
     * @param file the file; made, with its folder, if it is not there
     * @return a store for one engine
     * @throws StoreException if the file can't be opened, is damaged, or from a later release
     */
    public static Store sqlite(Path file) {
        return sqlite(file, JournalOptions.standard());
    }

    /**
     * A journal in one SQLite file, kept as the options say.
     *
     * @param file the file; made, with its folder, if it is not there
     * @param options whose place the engine takes, and how long it keeps what has ended
     * @return a store for one engine
     * @throws StoreException if the file can't be opened, is damaged, or from a later release
     */
    public static Store sqlite(Path file, JournalOptions options) {
        return SqliteStore.open(file, options);
    }

    /**
     * A journal that other engines keep, or have kept, for an engine that only answers questions: its sagas are not run, nothing is made, taken
     * over or buried, and the engines there don't notice.
     *
     * @param file the journal's file
     * @return a store that is {@linkplain Store#isReadOnly read-only}
     * @throws StoreException if the file is not there, can't be opened, is damaged, or from a later release
     */
    public static Store observe(Path file) {
        return ObservedJournal.open(file);
    }
}
