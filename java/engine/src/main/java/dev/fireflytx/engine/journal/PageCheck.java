package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * SQLite's own check of its pages and indexes. A changed bit in a row is found by the row's checksum; but one in an index hides the row, and with it
 * a saga, or its last facts.
 */
final class PageCheck {
    /** Takes some 25 ms; a larger file is checked beside the engine's work. */
    private static final long SMALL_BYTES = 8L << 20;

    private PageCheck() {}

    static boolean isQuick(Path file) throws IOException {
        return Files.size(file) <= SMALL_BYTES;
    }

    /**
     * Does nothing if the file is sound.
     *
     * @throws StoreException if it is damaged
     */
    static void check(Connection connection, Path file) throws SQLException {
        List<String> found = problems(connection, 1);
        if (!found.isEmpty()) {
            throw new StoreException("The journal '" + file + "' is damaged: SQLite finds: " + found.get(0) + ". Restore the file from a backup.");
        }
    }

    /** What SQLite finds wrong, up to so many things. */
    static List<String> problems(Connection connection, int most) throws SQLException {
        List<String> found = new ArrayList<>();
        try (PreparedStatement check = connection.prepareStatement("PRAGMA integrity_check(" + most + ")");
                ResultSet rows = check.executeQuery()) {
            while (rows.next()) {
                if (!rows.getString(1).equals("ok")) {
                    found.add(rows.getString(1));
                }
            }
        }
        return found;
    }
}
