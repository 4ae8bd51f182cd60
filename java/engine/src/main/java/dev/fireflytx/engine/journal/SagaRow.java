package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.Store.Header;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * A row of the table {@code sagas}: what a listing tells of a saga, which definition it runs, and its age when its status last changed, by the
 * time that sagas are kept by.
 */
record SagaRow(Header header, long definition, long agedMs) {
    /** All columns, in the order of {@link #read}. */
    static final String SELECT = "SELECT number, correlation_id, saga, definition, input_hash, status, owner, started_ms, changed_ms,"
            + " aged_ms, checksum FROM sagas ";

    /** Where {@link #SELECT} has the time of the start. */
    static final int STARTED_MS = 8;

    /** Adds nothing if the id is there, or has a tombstone. */
    static final String INSERT = "INSERT INTO sagas SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11"
            + " WHERE NOT EXISTS (SELECT 1 FROM tombstones WHERE correlation_id = ?2) ON CONFLICT (correlation_id) DO NOTHING";

    static final String UPDATE = "UPDATE sagas SET status = ?, owner = ?, changed_ms = ?, aged_ms = ?, checksum = ? WHERE number = ?";

    /** The number of the last start. A number is never given again, not even when its saga is buried. */
    static final String NEWEST = "SELECT max(newest_buried, (SELECT coalesce(max(number), 0) FROM sagas)) FROM journal";

    /** The row at hand; empty if it is not what was written. */
    static Optional<SagaRow> read(ResultSet rows) throws SQLException {
        Optional<SagaStatus> status = status(text(rows, 6));
        if (status.isEmpty()) {
            return Optional.empty();
        }
        SagaRow row = new SagaRow(new Header(rows.getLong(1), text(rows, 2), text(rows, 3), text(rows, 5),
                status.get(), rows.getLong(STARTED_MS), rows.getLong(9), rows.getLong(7)), rows.getLong(4), rows.getLong(10));
        return rows.getLong(11) == row.checksum() ? Optional.of(row) : Optional.empty();
    }

    /** No column is null but in a damaged row, which its checksum gives away. */
    static String text(ResultSet rows, int column) throws SQLException {
        return Objects.requireNonNullElse(rows.getString(column), "");
    }

    static Optional<SagaStatus> status(String word) {
        return Arrays.stream(SagaStatus.values()).filter(status -> status.name().equals(word)).findFirst();
    }

    SagaRow in(SagaStatus status, long owner, long atMs, long agedAtMs) {
        return new SagaRow(new Header(header.number(), header.correlationId(), header.saga(), header.inputHash(), status,
                header.startedMs(), atMs, owner), definition, agedAtMs);
    }

    SagaRow ownedBy(long owner) {
        return in(header.status(), owner, header.changedMs(), agedMs);
    }

    /** False if the id is there already. */
    boolean insert(PreparedStatement insert) throws SQLException {
        insert.setLong(1, header.number());
        insert.setString(2, header.correlationId());
        insert.setString(3, header.saga());
        insert.setLong(4, definition);
        insert.setString(5, header.inputHash());
        insert.setString(6, header.status().name());
        insert.setLong(7, header.owner());
        insert.setLong(8, header.startedMs());
        insert.setLong(9, header.changedMs());
        insert.setLong(10, agedMs);
        insert.setLong(11, checksum());
        return insert.executeUpdate() == 1;
    }

    void update(PreparedStatement update) throws SQLException {
        update.setString(1, header.status().name());
        update.setLong(2, header.owner());
        update.setLong(3, header.changedMs());
        update.setLong(4, agedMs);
        update.setLong(5, checksum());
        update.setLong(6, header.number());
        update.executeUpdate();
    }

    long checksum() {
        return new Checksums().add(header.number()).add(header.correlationId()).add(header.saga()).add(definition)
                .add(header.inputHash()).add(header.status().name()).add(header.owner()).add(header.startedMs()).add(header.changedMs())
                .add(agedMs).value();
    }
}
