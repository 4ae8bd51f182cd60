package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Looks through a write-ahead log before SQLite does: SQLite takes it up to the first bad frame and drops the rest without a word.
 *
 * <p>That is right for a torn tail, the transaction that a power cut interrupted. But a transaction is written only after the one before it
 * was synced, so a sound frame of a later transaction behind a bad frame means that what was once durable has changed.
 */
final class WalScan {
    private boolean bad;
    private boolean badEnded;

    private WalScan() {}

    /**
     * Does nothing if the log is as a crash may leave it.
     *
     * @param journal the database's file
     * @throws StoreException if the log is damaged
     */
    static void check(Path journal) {
        Path log = journal.resolveSibling(journal.getFileName() + "-wal");
        if (!Files.exists(log)) {
            return;
        }
        try (WalFile file = WalFile.open(log)) {
            if (!file.isEmpty() && new WalScan().isDamaged(file)) {
                throw new StoreException("The journal's log '" + log + "' is damaged: commits that were durable are behind a part that is not"
                        + " what was written. Restore '" + journal + "' and its log from a backup.");
            }
        } catch (IOException e) {
            throw new StoreException("The journal's log '" + log + "' can't be read: " + e + ".", e);
        }
    }

    private boolean isDamaged(WalFile file) throws IOException {
        if (!file.isHeaderSound()) {
            return hasFrames(file);
        }
        for (WalFile.Frame frame = file.next(); frame != null; frame = file.next()) {
            if (bad && badEnded && frame.isSound()) {
                return true;
            }
            bad |= !frame.isSound();
            badEnded |= bad && frame.hasSalts() && frame.isCommit();
        }
        return false;
    }

    /** A header is synced before the first frame is written. */
    private static boolean hasFrames(WalFile file) throws IOException {
        return file.next() != null;
    }
}
