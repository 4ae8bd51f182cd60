package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The tables of a journal, and the way from an older file to today's. */
final class Schema {
    /** Goes up with every change of the tables; a file with a greater one is refused. */
    static final int VERSION = 2;

    /** "FFTX": tells a journal from any other SQLite file. */
    private static final int APPLICATION_ID = 0x46465458;

    /** What came with format 2: the events that wait to be published, and who publishes whose. */
    private static final List<String> OUTBOX = List.of(
            "CREATE TABLE outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, saga INTEGER NOT NULL, owner INTEGER NOT NULL, body TEXT NOT NULL,"
                    + " checksum INTEGER NOT NULL)",
            "CREATE INDEX outbox_by_owner ON outbox (owner)",
            "CREATE INDEX outbox_by_saga ON outbox (saga)",
            "CREATE TABLE outbox_streams (owner INTEGER PRIMARY KEY, publisher INTEGER NOT NULL, place INTEGER NOT NULL)",
            "PRAGMA user_version = " + VERSION);

    private static final List<String> CREATE = List.of(
            "CREATE TABLE journal (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), commits INTEGER NOT NULL, last_fence INTEGER NOT NULL,"
                    + " boot TEXT NOT NULL, clock_ms INTEGER NOT NULL, monotonic_ms INTEGER NOT NULL, aged_ms INTEGER NOT NULL,"
                    + " newest_buried INTEGER NOT NULL)",
            "INSERT INTO journal VALUES (1, 0, 0, '', 0, 0, 0, 0)",
            "CREATE TABLE owners (number INTEGER PRIMARY KEY, fence INTEGER NOT NULL)",
            "CREATE TABLE definitions (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE, checksum INTEGER NOT NULL)",
            "CREATE TABLE sagas (number INTEGER PRIMARY KEY, correlation_id TEXT NOT NULL UNIQUE, saga TEXT NOT NULL,"
                    + " definition INTEGER NOT NULL, input_hash TEXT NOT NULL, status TEXT NOT NULL, owner INTEGER NOT NULL,"
                    + " started_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, aged_ms INTEGER NOT NULL, checksum INTEGER NOT NULL)",
            "CREATE INDEX sagas_unfinished ON sagas (number)"
                    + " WHERE status IN ('RUNNING', 'COMPENSATING', 'PARKED')",
            "CREATE TABLE facts (turn INTEGER PRIMARY KEY, saga INTEGER NOT NULL, ordinal INTEGER NOT NULL, batch INTEGER NOT NULL,"
                    + " at_ms INTEGER NOT NULL, body TEXT NOT NULL, checksum INTEGER NOT NULL)",
            "CREATE INDEX facts_of_saga ON facts (saga, turn)",
            "CREATE TABLE tombstones (correlation_id TEXT PRIMARY KEY, saga TEXT NOT NULL, input_hash TEXT NOT NULL, status TEXT NOT NULL,"
                    + " started_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, aged_ms INTEGER NOT NULL, checksum INTEGER NOT NULL)",
            "CREATE INDEX tombstones_by_age ON tombstones (aged_ms)",
            "CREATE TABLE requests (number INTEGER PRIMARY KEY AUTOINCREMENT, correlation_id TEXT NOT NULL, body TEXT NOT NULL, answer TEXT,"
                    + " aged_ms INTEGER NOT NULL)",
            "PRAGMA application_id = " + APPLICATION_ID);

    private Schema() {}

    /**
     * Finds out, without changing it, whether an open file is a journal that can be used.
     *
     * @return whether it is empty, so that {@link #create} has to come first
     * @throws StoreException if the file is something else, or from a later release
     */
    static boolean isMissing(Connection connection, String file) throws SQLException {
        // In this order: another engine that is making the journal commits the tables and the id together.
        boolean isEmpty = Sql.number(connection, "SELECT count(*) FROM sqlite_schema") == 0;
        long application = Sql.number(connection, "PRAGMA application_id");
        if (isEmpty && application == 0) {
            return true;
        }
        if (application != APPLICATION_ID) {
            throw new StoreException("'" + file + "' is a SQLite file, but no FireflyTX journal. Choose another file for the store.");
        }
        long version = Sql.number(connection, "PRAGMA user_version");
        if (version > VERSION) {
            throw new StoreException("The journal '" + file + "' has format " + version + "; this release reads formats up to "
                    + VERSION + ". Use the release that wrote it, or a later one.");
        }
        return false;
    }

    /** Makes the tables, all or none, unless another engine has done so meanwhile. */
    static void create(Connection connection, String file) throws SQLException {
        Sql.execute(connection, "BEGIN IMMEDIATE");
        if (isMissing(connection, file)) {
            executeAll(connection, CREATE);
            executeAll(connection, OUTBOX);
        }
        Sql.execute(connection, "COMMIT");
    }

    /** Brings an older file's tables to today's format, all or none, unless another engine has done so meanwhile. */
    static void upgrade(Connection connection) throws SQLException {
        if (hasOutbox(connection)) {
            return;
        }
        Sql.execute(connection, "BEGIN IMMEDIATE");
        if (!hasOutbox(connection)) {
            executeAll(connection, OUTBOX);
        }
        Sql.execute(connection, "COMMIT");
    }

    /** Whether a file has the tables of events; one that is only looked at may be older. */
    static boolean hasOutbox(Connection connection) throws SQLException {
        return Sql.number(connection, "PRAGMA user_version") >= 2;
    }

    private static void executeAll(Connection connection, List<String> statements) throws SQLException {
        for (String statement : statements) {
            Sql.execute(connection, statement);
        }
    }
}
