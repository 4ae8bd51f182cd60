package dev.fireflytx.engine.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes the tables {@code outbox} and {@code outbox_streams}: the events that wait to be published, and who publishes them.
 *
 * <p>What a publisher that is gone has left is neither copied nor renumbered, however much it is: its streams are given to another publisher,
 * which reads them before its own. Only the events of a saga that begins to run elsewhere are moved.
 */
final class OutboxRows {
    private static final String LAST_NUMBER = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'outbox'";

    /** A publisher's own stream comes behind those that it has from others. */
    private static final String IN_ORDER = " ORDER BY publisher, owner = publisher, place";

    private static final String HAS_EVENTS = "EXISTS (SELECT 1 FROM outbox WHERE outbox.owner = outbox_streams.owner)";

    private final Connection connection;
    private final long owner;
    private final PreparedStatement insert;
    private final PreparedStatement elsewhere;
    private final PreparedStatement delete;
    private final PreparedStatement deletePublished;
    private final Map<Long, Long> published = new HashMap<>();
    private final Map<Long, Long> deleted = new HashMap<>();
    private boolean isPublishing;
    private long last = -1;

    OutboxRows(Connection connection, long owner) throws SQLException {
        this.connection = connection;
        this.owner = owner;
        insert = connection.prepareStatement(OutboxRow.INSERT);
        elsewhere = connection.prepareStatement(OutboxRow.SELECT + "WHERE saga = ? AND owner NOT IN"
                + " (SELECT owner FROM outbox_streams WHERE publisher = " + owner + ") ORDER BY number");
        delete = connection.prepareStatement("DELETE FROM outbox WHERE number = ?");
        deletePublished = connection.prepareStatement("DELETE FROM outbox WHERE owner = ? AND number > ? AND number <= ?");
    }

    void add(long saga, List<String> events) throws SQLException {
        for (String event : events) {
            add(saga, event);
        }
    }

    private void add(long saga, String event) throws SQLException {
        if (last < 0) {
            last = Sql.number(connection, LAST_NUMBER);
        }
        new OutboxRow(++last, saga, owner, event).insert(insert);
    }

    /** This owner's saga from now on: what was published of it comes before what it publishes here. */
    void claim(long saga) throws SQLException {
        if (!isPublishing) {
            return;
        }
        for (OutboxRow row : elsewhere(saga)) {
            add(saga, row.body());
            delete.setLong(1, row.number());
            delete.executeUpdate();
        }
    }

    private List<OutboxRow> elsewhere(long saga) throws SQLException {
        List<OutboxRow> found = new ArrayList<>();
        elsewhere.setLong(1, saga);
        try (ResultSet rows = elsewhere.executeQuery()) {
            while (rows.next()) {
                OutboxRow row = OutboxRow.read(rows);
                if (row.isSound(rows)) {
                    found.add(row); // a damaged one stays where it is, and is complained of there
                }
            }
        }
        return found;
    }

    /** Makes this owner a publisher, and gives it the streams of those that are gone, in their order. */
    List<Long> takeOver() throws SQLException {
        isPublishing = true;
        Sql.execute(connection, "DELETE FROM outbox_streams WHERE publisher = " + owner + " AND owner <> " + owner + " AND NOT " + HAS_EVENTS);
        Sql.execute(connection, "INSERT OR IGNORE INTO outbox_streams VALUES (" + owner + ", " + owner + ", 0)");
        long place = Sql.number(connection, "SELECT coalesce(max(place), 0) FROM outbox_streams WHERE publisher = " + owner);
        for (long stream : streams("publisher NOT IN (SELECT number FROM owners)")) {
            place++;
            Sql.execute(connection, "UPDATE outbox_streams SET publisher = " + owner + ", place = " + place + " WHERE owner = " + stream);
        }
        return streams("publisher = " + owner);
    }

    private List<Long> streams(String which) throws SQLException {
        List<Long> streams = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT owner FROM outbox_streams WHERE " + which + IN_ORDER);
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                streams.add(rows.getLong(1));
            }
        }
        return streams;
    }

    /** Events of a stream may go; nothing is written yet. */
    void published(long stream, long upTo) {
        published.merge(stream, upTo, Math::max);
    }

    boolean hasPublished() {
        return !published.isEmpty();
    }

    /** Gives how many rows have gone. */
    long deletePublished() throws SQLException {
        long count = 0;
        for (Map.Entry<Long, Long> stream : published.entrySet()) {
            deletePublished.setLong(1, stream.getKey());
            deletePublished.setLong(2, deleted.getOrDefault(stream.getKey(), 0L));
            deletePublished.setLong(3, stream.getValue());
            count += deletePublished.executeUpdate();
        }
        return count;
    }

    /** What was deleted is durably so. */
    void committed() {
        if (!published.isEmpty()) {
            deleted.putAll(published);
            published.clear();
        }
    }

    /** Somebody else has written, or a batch was rolled back: other numbers may be taken. */
    void follow() {
        last = -1;
    }

    /** At this owner's end: streams without events need no heir. */
    static void leave(Connection connection, long owner) throws SQLException {
        Sql.execute(connection, "DELETE FROM outbox_streams WHERE publisher = " + owner + " AND NOT " + HAS_EVENTS);
    }
}
