package dev.fireflytx.engine.journal;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Statements that need no preparation. */
final class Sql {
    private Sql() {}

    static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Takes a transaction back that has failed. */
    static void rollBack(Connection connection, Exception why) {
        try {
            execute(connection, "ROLLBACK");
        } catch (SQLException e) {
            why.addSuppressed(e); // SQLite has rolled back by itself
        }
    }

    /** The first column of the first row, a whole number. */
    static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            return rows.getLong(1);
        }
    }

    /** The first column of the first row, a text. */
    static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
            return rows.getString(1);
        }
    }
}
