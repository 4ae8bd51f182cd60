package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.StoreException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks through a write-ahead log before SQLite does: SQLite takes it up to the first bad frame and drops the rest without a word.
 *
 * <p>That is right for a torn tail, the transaction that a power cut interrupted. But a transaction is written only after the one before it
 * was synced, so a sound frame of a later transaction behind a bad frame means that what was once durable has changed.
 */
final class WalScan {
    /** What another engine is writing at this moment may look like damage; it does not a moment later. */
    private static final int MOST_TRIES = 4;

    private static final long BETWEEN_TRIES_NS = TimeUnit.MILLISECONDS.toNanos(50);

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
        try {
            boolean isDamaged = isDamaged(log);
            for (int tries = 1; isDamaged && tries < MOST_TRIES && OwnerLock.isOwned(journal); tries++) {
                LockSupport.parkNanos(BETWEEN_TRIES_NS);
                isDamaged = isDamaged(log);
            }
            if (isDamaged) {
                throw new StoreException("The journal's log '" + log + "' is damaged: commits that were durable are behind a part that is not"
                        + " what was written. Restore '" + journal + "' and its log from a backup.");
            }
        } catch (IOException e) {
            throw new StoreException("The journal's log '" + log + "' can't be read: " + Reason.of(e) + ".", e);
        }
    }

    private static boolean isDamaged(Path log) throws IOException {
        try (WalFile file = WalFile.open(log)) {
            return !file.isEmpty() && new WalScan().isDamaged(file);
        } catch (NoSuchFileException e) {
            return false; // there is none, or its last owner has just left
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
