package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.sqlite.SQLiteConfig;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The connections to one journal: one writes, one reads, one scans for recovery, one keeps the file small, one watches the other owners. */
final class JournalDatabase implements AutoCloseable {
    /** Older ones can corrupt a write-ahead log that two connections write and checkpoint. */
    private static final int[] OLDEST = {3, 51, 3};

    /** SQLite's own choice for a new file. */
    static final int PAGE_BYTES = 4_096;

    static final int BUSY_WAIT_MS = 5_000;
    private static final int SHORT_WAIT_MS = 20;
    private static final long LONGEST_WAIT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long BETWEEN_TRIES_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Connection writing;
    private final Connection reading;
    private final Connection scanning;
    private final Connection upkeep;
    private final Connection watching;

    private JournalDatabase(Connection writing, Connection reading, Connection scanning, Connection upkeep, Connection watching) {
        this.writing = writing;
        this.reading = reading;
        this.scanning = scanning;
        this.upkeep = upkeep;
        this.watching = watching;
    }

    static void prepare() {
        SqliteLibrary.provide();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:")) {
            Sql.text(connection, "SELECT sqlite_version()");
        } catch (SQLException e) {
            // a real journal will say so
        }
    }

    static JournalDatabase open(Path path) throws SQLException {
        SqliteLibrary.provide();
        Connection writing = connect(path);
        try {
            checkVersion(Sql.text(writing, "SELECT sqlite_version()"));
            patiently(path, () -> provideTables(writing, path));
            patiently(path, () -> prove(writing));
            return new JournalDatabase(writing, readOnly(path), readOnly(path), connect(path), watchful(path));
        } catch (SQLException | StoreException e) {
            writing.close();
            throw e;
        }
    }

    private static boolean provideTables(Connection connection, Path path) throws SQLException {
        boolean isNew = Schema.isMissing(connection, path.toString());
        useLog(connection, path);
        if (isNew) {
            Schema.create(connection, path.toString());
        }
        Schema.upgrade(connection);
        return true;
    }

    private static void useLog(Connection connection, Path path) throws SQLException {
        String mode = Sql.text(connection, "PRAGMA journal_mode = WAL");
        if (!mode.equals("wal")) {
            throw new StoreException("The journal '" + path + "' can't have a write-ahead log there (SQLite says '" + mode
                    + "'). Put it on a local disk.");
        }
    }

    /**
     * What is in the log may be there by the page cache's grace alone, after a sync that failed: only a checkpoint that succeeds, and syncs the
     * file, proves it.
     */
    private static boolean prove(Connection connection) throws SQLException {
        return Sql.number(connection, "PRAGMA wal_checkpoint(TRUNCATE)") == 0;
    }

    private interface Try {
        /** Whether it has been done; busy is a no. */
        boolean isDone() throws SQLException;
    }

    /** SQLite waits for others by itself, but not while they check the log, or change to it: that is done here. */
    private static void patiently(Path path, Try work) throws SQLException {
        long untilNs = System.nanoTime() + LONGEST_WAIT_NS;
        while (!isDone(work)) {
            LockSupport.parkNanos(BETWEEN_TRIES_NS);
            if (System.nanoTime() > untilNs) {
                throw new StoreException("The journal '" + path + "' can't be opened now: " + WriteLock.holder(path)
                        + " holds its lock and does not give it back. Try again when that has gone on, or has ended.");
            }
        }
    }

    private static boolean isDone(Try work) throws SQLException {
        try {
            return work.isDone();
        } catch (SQLException e) {
            if (!WriteLock.isBusy(e)) {
                throw e;
            }
            return false;
        }
    }

    Connection writing() {
        return writing;
    }

    Connection reading() {
        return reading;
    }

    Connection scanning() {
        return scanning;
    }

    Connection upkeep() {
        return upkeep;
    }

    Connection watching() {
        return watching;
    }

    /** A connection that can't change anything, not even by being the last one that is closed. */
    static Connection readOnly(Path path) throws SQLException {
        SqliteLibrary.provide();
        SQLiteConfig config = config();
        config.setReadOnly(true);
        return patient(config.createConnection(url(path)));
    }

    /** Otherwise the driver asks for the number of the last row after every row that is added. */
    private static SQLiteConfig config() {
        SQLiteConfig config = new SQLiteConfig();
        config.setGetGeneratedKeys(false);
        return config;
    }

    /** A connection for requests to those who run sagas; it must be closed before those that only read. */
    static Connection asking(Path path) throws SQLException {
        Connection connection = connect(path);
        checkVersion(Sql.text(connection, "SELECT sqlite_version()"));
        return connection;
    }

    /** It must not wait for a lock that a frozen process holds: when that goes on, it is not to be taken over from. */
    private static Connection watchful(Path path) throws SQLException {
        Connection connection = connect(path);
        Sql.execute(connection, "PRAGMA busy_timeout = " + SHORT_WAIT_MS);
        return connection;
    }

    private static Connection connect(Path path) throws SQLException {
        Connection connection = patient(config().createConnection(url(path)));
        letDriverKeepOutOfTransactions(connection);
        Sql.execute(connection, "PRAGMA synchronous = FULL");
        Sql.execute(connection, "PRAGMA fullfsync = ON"); // does something on macOS alone
        Sql.execute(connection, "PRAGMA checkpoint_fullfsync = ON");
        Sql.execute(connection, "PRAGMA wal_autocheckpoint = 0"); // the upkeep's: off the path of commits, and its errors are looked at
        return connection;
    }

    /**
     * BEGIN and COMMIT are said here. With autocommit on, the driver tries a transaction of its own after every statement, which fails inside of
     * ours; with it off, it has begun one now, which is taken back, and begins another at its own {@code commit()} alone, which nobody calls.
     */
    private static void letDriverKeepOutOfTransactions(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        Sql.execute(connection, "ROLLBACK");
    }

    private static Connection patient(Connection connection) throws SQLException {
        Sql.execute(connection, "PRAGMA busy_timeout = " + BUSY_WAIT_MS);
        return connection;
    }

    private static String url(Path path) {
        return "jdbc:sqlite:" + path;
    }

    static void checkVersion(String found) {
        String[] parts = found.split("\\.");
        for (int i = 0; i < OLDEST.length; i++) {
            int part = Integer.parseInt(parts[i]);
            if (part > OLDEST[i]) {
                return;
            }
            if (part < OLDEST[i]) {
                throw new StoreException("The SQLite library is " + found + "; a journal needs 3.51.3 or newer. If a framework's build manages "
                        + "versions, name a newer org.xerial:sqlite-jdbc there (Spring Boot: the property sqlite-jdbc.version).");
            }
        }
    }

    @Override
    public void close() {
        for (Connection connection : new Connection[] {reading, scanning, upkeep, watching, writing}) {
            try {
                connection.close();
            } catch (SQLException e) {
                // everything acknowledged is synced already
            }
        }
    }
}
