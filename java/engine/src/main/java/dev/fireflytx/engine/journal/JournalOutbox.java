package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.EventOutbox;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The events of a journal that wait to be published: reads them here, and has the store write. */
final class JournalOutbox implements EventOutbox {
    /** No more are read than that at once, but one at least. */
    private static final int MOST_CHARS = 1 << 20;

    private final SqliteStore store;
    private final JournalWriter writer;
    private final Path file;
    private final PreparedStatement select;

    JournalOutbox(SqliteStore store, JournalWriter writer, Connection reading, Path file) throws SQLException {
        this.store = store;
        this.writer = writer;
        this.file = file;
        select = reading.prepareStatement(OutboxRow.SELECT + "WHERE owner = ? AND number > ? ORDER BY number LIMIT ?");
    }

    @Override
    public List<Long> takeOver() {
        return store.writing(writer::takeOverEvents);
    }

    @Override
    public List<Waiting> read(long stream, long after, int limit) {
        return store.scanning(() -> {
            List<Waiting> found = new ArrayList<>();
            long from = after;
            while (found.isEmpty() && from >= 0) {
                from = readInto(found, stream, from, limit);
            }
            return found;
        });
    }

    /** Gives the number of the last row that was looked at, -1 at the end. */
    private long readInto(List<Waiting> found, long stream, long after, int limit) throws SQLException {
        select.setLong(1, stream);
        select.setLong(2, after);
        select.setInt(3, limit);
        long last = -1;
        long chars = 0;
        try (ResultSet rows = select.executeQuery()) {
            while (chars < MOST_CHARS && rows.next()) {
                OutboxRow row = OutboxRow.read(rows);
                last = row.number();
                if (row.isSound(rows)) {
                    found.add(new Waiting(stream, row.number(), row.body()));
                    chars += row.body().length();
                } else {
                    complain(row);
                }
            }
        }
        return last;
    }

    private void complain(OutboxRow row) {
        System.getLogger("dev.fireflytx.engine").log(Level.ERROR, "The journal '" + file + "' is damaged: event " + row.number()
                + " is not what was written, and is not published. Restore the file from a backup.");
    }

    @Override
    public void published(long stream, long upTo) {
        store.locked(() -> writer.eventsPublished(stream, upTo));
    }

    @Override
    public void forget() {
        store.forgetPublished();
    }
}
