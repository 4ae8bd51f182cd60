package dev.fireflytx.engine.journal;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Why a file or SQLite refused, as half a sentence: whoever runs the engine has to act on it, and knows no exception's name. */
final class Reason {
    private static final int PRIMARY_CODE = 0xff;

    private Reason() {}

    static String of(SQLException e) {
        int code = e instanceof SQLiteException refusal ? refusal.getResultCode().code : e.getErrorCode();
        return switch (SQLiteErrorCode.getErrorCode(code & PRIMARY_CODE)) {
            case SQLITE_BUSY, SQLITE_LOCKED -> "another process holds it locked; try again when that has ended";
            case SQLITE_PERM, SQLITE_AUTH, SQLITE_CANTOPEN -> "this user can't open it; look at the permissions of the file and its folder";
            case SQLITE_READONLY -> "it is read-only; look at the permissions of the file and its folder, and at how its disk is mounted";
            case SQLITE_FULL -> "the disk is full; make room";
            case SQLITE_IOERR -> "the disk failed, or is full; the system's log may say more (SQLite's code is " + code + ")";
            case SQLITE_CORRUPT -> "it is damaged; restore it from a backup";
            case SQLITE_NOTADB -> "it is no SQLite file; choose another file for the store";
            default -> "SQLite says: " + e.getMessage();
        };
    }

    static String of(IOException e) {
        if (e instanceof AccessDeniedException refusal) {
            return "this user may not use '" + refusal.getFile() + "'; look at its permissions";
        }
        if (e instanceof NoSuchFileException refusal) {
            return "'" + refusal.getFile() + "' is not there";
        }
        if (e instanceof FileAlreadyExistsException refusal) {
            return "'" + refusal.getFile() + "' is a file, and a folder is needed there";
        }
        if (e instanceof FileSystemException refusal && refusal.getReason() != null) {
            return "the system says of '" + refusal.getFile() + "': " + refusal.getReason();
        }
        return "the system says: " + e.getMessage();
    }

    /** For a caller that can get either. */
    static String of(Exception e) {
        if (e instanceof SQLException refusal) {
            return of(refusal);
        }
        return e instanceof IOException refusal ? of(refusal) : e.getMessage();
    }
}
