package dev.fireflytx.engine.journal;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;

/** A row of the table {@code facts}: what one turn of the engine added for one saga, as the saga's n-th turn. */
record FactsRow(long turn, long saga, long ordinal, long batch, long atMs, String body) {
    static final String OF_SAGA = "SELECT turn, saga, ordinal, batch, at_ms, body, checksum FROM facts WHERE saga = ? ORDER BY turn";
    static final String INSERT = "INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?)";

    static FactsRow read(ResultSet rows) throws SQLException {
        return new FactsRow(rows.getLong(1), rows.getLong(2), rows.getLong(3), rows.getLong(4), rows.getLong(5),
                Objects.requireNonNullElse(rows.getString(6), ""));
    }

    /** Whether the row at hand, which this was read from, is what was written. */
    boolean isSound(ResultSet rows) throws SQLException {
        return rows.getLong(7) == checksum();
    }

    void insert(PreparedStatement insert) throws SQLException {
        insert.setLong(1, turn);
        insert.setLong(2, saga);
        insert.setLong(3, ordinal);
        insert.setLong(4, batch);
        insert.setLong(5, atMs);
        insert.setString(6, body);
        insert.setLong(7, checksum());
        insert.executeUpdate();
    }

    private long checksum() {
        return new Checksums().add(turn).add(saga).add(ordinal).add(batch).add(atMs).add(body).value();
    }
}
