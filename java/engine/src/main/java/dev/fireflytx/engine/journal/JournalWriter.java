package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreException;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.sqlite.SQLiteErrorCode;

/** Writes batches: one transaction, one sync each. Every transaction checks first that this engine still owns the journal. */
final class JournalWriter {
    private final Connection connection;
    private final JournalClock clock;
    private final PreparedStatement own;
    private final PreparedStatement addFacts;
    private final SagaRows sagas;
    private final long fence;
    private long batches;
    private long turns;

    JournalWriter(Connection connection, JournalClock clock) throws SQLException {
        this.connection = connection;
        this.clock = clock;
        clock.takeOver(connection);
        fence = Sql.number(connection, "SELECT fence FROM owner");
        batches = Sql.number(connection, "SELECT commits FROM owner");
        turns = Sql.number(connection, "SELECT coalesce(max(turn), 0) FROM facts");
        sagas = new SagaRows(connection);
        own = connection.prepareStatement(
                "UPDATE owner SET commits = ?, clock_ms = ?, monotonic_ms = ? WHERE fence = ? AND commits = ?");
        addFacts = connection.prepareStatement(FactsRow.INSERT);
    }

    long fence() {
        return fence;
    }

    /**
     * Makes a batch durable.
     *
     * @throws SQLException if it may not be durable; the connection must not be written to again
     */
    long append(List<Store.Entry> batch) throws SQLException {
        begin();
        try {
            claim();
            for (Store.Entry entry : batch) {
                add(entry);
            }
            Sql.execute(connection, "COMMIT");
        } catch (SQLException | RuntimeException e) {
            rollBack(e);
            throw e;
        }
        return ++batches;
    }

    /** Busy is no failure: whoever holds the file's lock (a copy being made, say) gives it back. */
    private void begin() throws SQLException {
        boolean begun = false;
        while (!begun) {
            try {
                Sql.execute(connection, "BEGIN IMMEDIATE");
                begun = true;
            } catch (SQLException e) {
                if ((e.getErrorCode() & 0xff) != SQLiteErrorCode.SQLITE_BUSY.code) {
                    throw e;
                }
                System.getLogger("dev.fireflytx.engine").log(Level.WARNING,
                        "Another process holds the journal's write lock; sagas wait until it gives it back.");
            }
        }
    }

    private void claim() throws SQLException {
        own.setLong(1, batches + 1);
        own.setLong(2, clock.nowMs());
        own.setLong(3, clock.monotonicMs());
        own.setLong(4, fence);
        own.setLong(5, batches);
        if (own.executeUpdate() != 1) {
            throw new StoreException("Another engine has taken this journal over; nothing more is written from here.");
        }
    }

    private void add(Store.Entry entry) throws SQLException {
        long saga = sagas.note(entry);
        new FactsRow(++turns, saga, batches + 1, entry.atMs(), FactCodec.write(entry.facts())).insert(addFacts);
    }

    private void rollBack(Exception why) {
        sagas.forget();
        try {
            Sql.execute(connection, "ROLLBACK");
        } catch (SQLException e) {
            why.addSuppressed(e); // SQLite has rolled back by itself
        }
    }
}
