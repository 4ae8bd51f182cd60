package dev.fireflytx.engine.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A journal's file as others see it: another program, a bad disk, somebody who makes a copy. */
final class TestJournal {
    private TestJournal() {}

    static Path log(Path journal) {
        return journal.resolveSibling(journal.getFileName() + "-wal");
    }

    /** The journal as a crash at this moment would leave it. */
    static Path copyAsAfterCrash(Path journal, Path folder) {
        try {
            Path copy = folder.resolve("copy.db");
            Files.deleteIfExists(log(copy));
            Files.deleteIfExists(copy.resolveSibling("copy.db-shm"));
            Files.write(copy, Files.readAllBytes(journal));
            if (Files.exists(log(journal))) {
                Files.write(log(copy), Files.readAllBytes(log(journal)));
            }
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Turns one bit of a file. */
    static void flip(Path file, long at, int bit) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            bytes[(int) at] ^= (byte) (1 << bit);
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Turns one bit of the first place where a text occurs in a file. */
    static void flipIn(Path file, String text) {
        try {
            String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
            int at = bytes.indexOf(text);
            if (at < 0) {
                throw new AssertionError("'" + text + "' is not in the file");
            }
            flip(file, at, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void execute(Path file, String sql) {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    static long number(Path file, String sql) {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
