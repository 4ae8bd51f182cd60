package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.Store.Header;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/** A row of the table {@code sagas}: what a listing tells of a saga, and which definition it runs. */
record SagaRow(Header header, long definition) {
    /** All columns, in the order of {@link #read}. */
    static final String SELECT = "SELECT number, correlation_id, saga, definition, input_hash, status, started_ms, changed_ms, checksum"
            + " FROM sagas ";

    static final String INSERT = "INSERT INTO sagas VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    static final String UPDATE = "UPDATE sagas SET status = ?, changed_ms = ?, checksum = ? WHERE number = ?";

    /** The row at hand; empty if it is not what was written. */
    static Optional<SagaRow> read(ResultSet rows) throws SQLException {
        Optional<SagaStatus> status = status(text(rows, 6));
        if (status.isEmpty()) {
            return Optional.empty();
        }
        SagaRow row = new SagaRow(new Header(rows.getLong(1), text(rows, 2), text(rows, 3), text(rows, 5),
                status.get(), rows.getLong(7), rows.getLong(8)), rows.getLong(4));
        return rows.getLong(9) == row.checksum() ? Optional.of(row) : Optional.empty();
    }

    /** No column is null but in a damaged row, which its checksum gives away. */
    private static String text(ResultSet rows, int column) throws SQLException {
        return Objects.requireNonNullElse(rows.getString(column), "");
    }

    private static Optional<SagaStatus> status(String word) {
        return Arrays.stream(SagaStatus.values()).filter(status -> status.name().equals(word)).findFirst();
    }

    SagaRow in(SagaStatus status, long atMs) {
        return new SagaRow(new Header(header.number(), header.correlationId(), header.saga(), header.inputHash(), status,
                header.startedMs(), atMs), definition);
    }

    void insert(PreparedStatement insert) throws SQLException {
        insert.setLong(1, header.number());
        insert.setString(2, header.correlationId());
        insert.setString(3, header.saga());
        insert.setLong(4, definition);
        insert.setString(5, header.inputHash());
        insert.setString(6, header.status().name());
        insert.setLong(7, header.startedMs());
        insert.setLong(8, header.changedMs());
        insert.setLong(9, checksum());
        insert.executeUpdate();
    }

    void update(PreparedStatement update) throws SQLException {
        update.setString(1, header.status().name());
        update.setLong(2, header.changedMs());
        update.setLong(3, checksum());
        update.setLong(4, header.number());
        update.executeUpdate();
    }

    private long checksum() {
        return new Checksums().add(header.number()).add(header.correlationId()).add(header.saga()).add(definition)
                .add(header.inputHash()).add(header.status().name()).add(header.startedMs()).add(header.changedMs())
                .value();
    }
}
