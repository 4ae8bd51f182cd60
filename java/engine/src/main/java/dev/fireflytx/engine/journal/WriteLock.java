package dev.fireflytx.engine.journal;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.stream.Stream;
import org.sqlite.SQLiteErrorCode;

/** SQLite's lock on writing: one transaction of all processes has it at a time, and a frozen process may have it for long. */
final class WriteLock {
    static final String BEGIN = "BEGIN IMMEDIATE";

    private static final Path LOCKS = Path.of("/proc/locks");

    /** The bytes of the shared-memory file whose locks SQLite takes, the lock on writing first (sqlite.org/walformat.html). */
    private static final int FIRST_BYTE = 120;
    private static final int LAST_BYTE = 127;

    private WriteLock() {}

    /** Begins a transaction that writes. Busy is no failure: whoever holds the lock (a copy being made, say) gives it back. */
    static void begin(Connection connection, Path journal) throws SQLException {
        try (PreparedStatement begin = connection.prepareStatement(BEGIN)) {
            begin(begin, journal);
        }
    }

    /** The same by a statement of {@link #BEGIN} that is prepared already. */
    static void begin(PreparedStatement begin, Path journal) throws SQLException {
        while (!tryBegin(begin)) {
            System.getLogger("dev.fireflytx.engine").log(Level.WARNING, "The journal '" + journal
                    + "' can't be written: " + holder(journal) + " holds its write lock. Sagas wait until it is given back.");
        }
    }

    /** Begins a transaction that writes; false if the lock can't be had within the connection's waiting time. */
    static boolean tryBegin(Connection connection) throws SQLException {
        try (PreparedStatement begin = connection.prepareStatement(BEGIN)) {
            return tryBegin(begin);
        }
    }

    private static boolean tryBegin(PreparedStatement begin) throws SQLException {
        try {
            begin.execute();
            return true;
        } catch (SQLException e) {
            if (!isBusy(e)) {
                throw e;
            }
            return false;
        }
    }

    static boolean isBusy(SQLException e) {
        return (e.getErrorCode() & 0xff) == SQLiteErrorCode.SQLITE_BUSY.code;
    }

    /** Who holds it, or else another lock of SQLite's, for people. */
    static String holder(Path journal) {
        Path shared = journal.resolveSibling(journal.getFileName() + "-shm");
        String me = Long.toString(ProcessHandle.current().pid());
        try (Stream<String> locks = Files.lines(LOCKS)) {
            String inode = ":" + Files.getAttribute(shared, "unix:ino");
            return locks.map(line -> line.strip().split("\\s+"))
                    .filter(words -> words.length >= 8 && words[5].endsWith(inode) && !words[4].equals(me) && isSqlites(words[6]))
                    .min(Comparator.comparing(words -> words[6]))
                    .map(words -> "process " + words[4]).orElse("another process");
        } catch (IOException | UnsupportedOperationException e) {
            return "another process"; // not Linux
        }
    }

    private static boolean isSqlites(String firstByte) {
        int at = Integer.parseInt(firstByte);
        return at >= FIRST_BYTE && at <= LAST_BYTE;
    }
}
