package dev.fireflytx.engine.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.engine.StoreException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Whoever reads these has a shop to run. */
class ReasonTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(names = {"SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_READONLY_DIRECTORY", "SQLITE_FULL", "SQLITE_IOERR_FSYNC",
        "SQLITE_CORRUPT", "SQLITE_NOTADB"})
    void what_sqlite_refuses_is_said_without_its_constants(SQLiteErrorCode code) {
        String reason = Reason.of(new SQLiteException("[" + code + "] " + code.message, code));

        assertFalse(reason.contains("SQLITE_"), reason);
    }

    @Test
    void an_error_of_the_disk_keeps_its_number_for_who_looks_it_up() {
        String reason = Reason.of(new SQLiteException("[SQLITE_IOERR_FSYNC]", SQLiteErrorCode.SQLITE_IOERR_FSYNC));

        assertTrue(reason.endsWith("(SQLite's code is 1034)"), reason);
    }

    @Test
    void what_has_no_words_of_ours_is_quoted() {
        assertEquals("SQLite says: no such table: saga", Reason.of(new SQLException("no such table: saga", "", 1)));
    }

    @Test
    void a_file_that_may_not_be_used_is_named() {
        assertEquals("this user may not use '/srv/shop'; look at its permissions", Reason.of(new AccessDeniedException("/srv/shop")));
    }

    @Test
    void the_systems_own_reason_is_quoted_with_the_file() {
        assertEquals("the system says of '/srv/shop': Read-only file system",
                Reason.of(new FileSystemException("/srv/shop", null, "Read-only file system")));
    }

    @Test
    void a_journal_in_a_file_that_is_no_folder_is_refused_without_an_exceptions_name() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");

        StoreException refused = assertThrows(StoreException.class, () -> SqliteStore.open(file.resolve("journal.db")));

        assertFalse(refused.getMessage().contains("Exception"), refused.getMessage());
    }

    @Test
    void a_text_in_the_place_of_a_journal_is_said_to_be_no_sqlite_file() throws IOException {
        Path file = Files.writeString(folder.resolve("journal.db"), "groceries: milk, eggs\n".repeat(100));

        StoreException refused = assertThrows(StoreException.class, () -> SqliteStore.open(file));

        assertTrue(refused.getMessage().endsWith("it is no SQLite file; choose another file for the store."), refused.getMessage());
    }
}
