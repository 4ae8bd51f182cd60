package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.Store.Header;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * A row of the table {@code tombstones}: what is left of a saga whose facts are no longer kept, so that its id does not start another one.
 *
 * @param header what a listing told of it; its number is 0, since it is in no listing any more
 * @param agedMs when it was buried, by the time that sagas are kept by
 */
record Tombstone(Header header, long agedMs) {
    /** All columns, in the order of {@link #read}. */
    static final String SELECT =
            "SELECT correlation_id, saga, input_hash, status, started_ms, changed_ms, aged_ms, checksum, rowid FROM tombstones ";

    /** Where {@link #SELECT} has the number of the row. */
    static final int ROW_ID = 9;

    static final String INSERT = "INSERT INTO tombstones VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

    /** The row at hand; empty if it is not what was written. */
    static Optional<Tombstone> read(ResultSet rows) throws SQLException {
        Optional<SagaStatus> status = SagaRow.status(SagaRow.text(rows, 4));
        if (status.isEmpty()) {
            return Optional.empty();
        }
        Tombstone read = new Tombstone(new Header(0, SagaRow.text(rows, 1), SagaRow.text(rows, 2), SagaRow.text(rows, 3), status.get(),
                rows.getLong(5), rows.getLong(6), Store.NOBODY), rows.getLong(7));
        return rows.getLong(8) == read.checksum() ? Optional.of(read) : Optional.empty();
    }

    void insert(PreparedStatement insert) throws SQLException {
        insert.setString(1, header.correlationId());
        insert.setString(2, header.saga());
        insert.setString(3, header.inputHash());
        insert.setString(4, header.status().name());
        insert.setLong(5, header.startedMs());
        insert.setLong(6, header.changedMs());
        insert.setLong(7, agedMs);
        insert.setLong(8, checksum());
        insert.executeUpdate();
    }

    private long checksum() {
        return new Checksums().add(header.correlationId()).add(header.saga()).add(header.inputHash()).add(header.status().name())
                .add(header.startedMs()).add(header.changedMs()).add(agedMs).value();
    }
}
