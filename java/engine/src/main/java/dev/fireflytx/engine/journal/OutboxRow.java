package dev.fireflytx.engine.journal;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** A row of the table {@code outbox}: an event of a saga that waits to be published, in the stream of one of the owners. */
record OutboxRow(long number, long saga, long owner, String body) {
    /** All columns, in the order of {@link #read}. */
    static final String SELECT = "SELECT number, saga, owner, body, checksum FROM outbox ";

    static final String INSERT = "INSERT INTO outbox (number, saga, owner, body, checksum) VALUES (?, ?, ?, ?, ?)";

    static OutboxRow read(ResultSet rows) throws SQLException {
        return new OutboxRow(rows.getLong(1), rows.getLong(2), rows.getLong(3), SagaRow.text(rows, 4));
    }

    /** Whether the row at hand, which this was read from, is what was written. */
    boolean isSound(ResultSet rows) throws SQLException {
        return rows.getLong(5) == checksum();
    }

    void insert(PreparedStatement insert) throws SQLException {
        insert.setLong(1, number);
        insert.setLong(2, saga);
        insert.setLong(3, owner);
        insert.setString(4, body);
        insert.setLong(5, checksum());
        insert.executeUpdate();
    }

    private long checksum() {
        return new Checksums().add(number).add(saga).add(owner).add(body).value();
    }
}
