package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.SagaCount;
import dev.fireflytx.engine.SagaStatus;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Counts of some of the sagas, in the order of their starts. No checksum is looked at: a row whose status makes no sense is not counted.
 *
 * @param counts one for each name and status
 * @param last the number of the last saga of these; negative if no other is behind it
 */
record SagaCounts(List<SagaCount> counts, long last) {
    static final long NO_MORE = -1;

    /** Some milliseconds' worth. */
    static final int PART = 10_000;

    private static final String SELECT = "SELECT saga, status, count(*), sum(started_ms >= ?2), sum(started_ms >= ?3), sum(changed_ms >= ?2),"
            + " sum(changed_ms >= ?3), max(number) FROM (SELECT number, saga, status, started_ms, changed_ms FROM sagas WHERE number > ?1"
            + " ORDER BY number LIMIT " + PART + ") GROUP BY saga, status";

    static PreparedStatement prepare(Connection connection) throws SQLException {
        return connection.prepareStatement(SELECT);
    }

    static SagaCounts read(PreparedStatement select, long after, long nowMs) throws SQLException {
        select.setLong(1, after);
        select.setLong(2, nowMs - SagaCount.MINUTE_MS);
        select.setLong(3, nowMs - SagaCount.HOUR_MS);
        List<SagaCount> counts = new ArrayList<>();
        long seen = 0;
        long last = NO_MORE;
        try (ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                seen += rows.getLong(3);
                last = Math.max(last, rows.getLong(8));
                count(rows).ifPresent(counts::add);
            }
        }
        return new SagaCounts(counts, seen < PART ? NO_MORE : last);
    }

    private static Optional<SagaCount> count(ResultSet row) throws SQLException {
        Optional<SagaStatus> status = SagaRow.status(SagaRow.text(row, 2));
        return status.isEmpty() ? Optional.empty() : Optional.of(new SagaCount(SagaRow.text(row, 1), status.get(), row.getLong(3),
                row.getLong(4), row.getLong(5), row.getLong(6), row.getLong(7)));
    }
}
