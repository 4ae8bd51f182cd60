package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.Store;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The table {@code requests}: what one engine asks of another that runs a saga. */
final class RequestRows {
    private RequestRows() {}

    /** Adds a request, and gives its number. */
    static long add(Connection connection, String correlationId, String body, long agedMs) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO requests (correlation_id, body, aged_ms) VALUES (?, ?, ?) RETURNING number")) {
            insert.setString(1, correlationId);
            insert.setString(2, body);
            insert.setLong(3, agedMs);
            try (ResultSet rows = insert.executeQuery()) {
                return rows.getLong(1);
            }
        }
    }

    /** Says what the answer is; nothing happens if the request was taken back. */
    static void answer(Connection connection, long number, String answer) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("UPDATE requests SET answer = ? WHERE number = ?")) {
            update.setString(1, answer);
            update.setLong(2, number);
            update.executeUpdate();
        }
    }

    static Optional<String> answer(Connection connection, long number) throws SQLException {
        return found(connection, "SELECT answer FROM requests WHERE number = ?", number);
    }

    /** Takes a request back, and gives the answer if there is one. */
    static Optional<String> remove(Connection connection, long number) throws SQLException {
        return found(connection, "DELETE FROM requests WHERE number = ? RETURNING answer", number);
    }

    private static Optional<String> found(Connection connection, String sql, long number) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, number);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? Optional.ofNullable(rows.getString(1)) : Optional.empty();
            }
        }
    }

    /** What has no answer yet and is about sagas of this owner, or about such as ended with work left: whoever has their class may do that. */
    static List<Store.Request> unanswered(Connection connection, long owner) throws SQLException {
        List<Store.Request> requests = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT requests.number, correlation_id, body FROM requests"
                + " JOIN sagas USING (correlation_id) WHERE answer IS NULL"
                + " AND (owner = ? OR status = 'COMPENSATION_FAILED') ORDER BY requests.number")) {
            select.setLong(1, owner);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    requests.add(new Store.Request(rows.getLong(1), rows.getString(2), rows.getString(3)));
                }
            }
        }
        return requests;
    }
}
