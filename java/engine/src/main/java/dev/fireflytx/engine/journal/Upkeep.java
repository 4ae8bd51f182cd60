package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.FencedException;
import dev.fireflytx.engine.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Keeps the file small, on a thread of its own: moves the write-ahead log into it, which inside a commit would hold sagas up for tens of
 * milliseconds, and buries what ended long ago.
 */
final class Upkeep {
    private static final long FRAMES_BETWEEN = 4_000;
    private static final long LONGEST_WAIT_MS = 5_000;

    /** What a commit of next to nothing writes. */
    private static final long FRAMES_OF_A_COMMIT = 3;

    /** While commits never pause, the log never begins anew by itself; when it has become as long as this, they wait once for a moment. */
    private static final long LARGE_LOG_FRAMES = 16_000;

    private final Connection connection;
    private final Path file;
    private final Retention retention;
    private final Lock writing;
    private final Consumer<Exception> failed;
    private final AtomicLong framesNoted = new AtomicLong();
    private final Thread thread = Daemon.of(this::run, "fireflytx-upkeep");
    private volatile boolean closing;

    /**
     * The fourth parameter is held while this engine writes, and is fair: SQLite's own lock goes to whoever asks first, which commits without a
     * pause always win. The last one is told of what failed, after which nothing must be written.
     */
    Upkeep(Connection connection, Path file, Retention retention, Lock writing, Consumer<Exception> failed) {
        this.connection = connection;
        this.file = file;
        this.retention = retention;
        this.writing = writing;
        this.failed = failed;
    }

    void start() {
        thread.start();
    }

    /** Tells of a commit, and about how much it has written; wakes this thread only when there is something for it to do. */
    void noteCommit(long sizeBytes) {
        long frames = FRAMES_OF_A_COMMIT + sizeBytes / JournalDatabase.PAGE_BYTES;
        long noted = framesNoted.addAndGet(frames);
        if (noted >= FRAMES_BETWEEN && noted - frames < FRAMES_BETWEEN) {
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        try {
            work();
        } catch (FencedException e) {
            // taken over from: whatever this engine still does, it hears of it there
        } catch (IOException | SQLException | StoreException e) {
            failed.accept(e);
        }
    }

    private void work() throws IOException, SQLException {
        if (!PageCheck.isQuick(file)) {
            PageCheck.check(connection, file);
        }
        long checkpointMs = OwnerWatch.nowMs() + LONGEST_WAIT_MS;
        long retentionMs = 0;
        while (!closing) {
            rest(Math.min(checkpointMs, retentionMs) - OwnerWatch.nowMs());
            long nowMs = OwnerWatch.nowMs();
            if (framesNoted.get() >= FRAMES_BETWEEN || nowMs >= checkpointMs) {
                checkpoint();
                checkpointMs = nowMs + LONGEST_WAIT_MS;
            }
            if (nowMs >= retentionMs) {
                retentionMs = nowMs + retention.step(() -> noteCommit(0));
            }
        }
    }

    /** May end early, as parking does. */
    private void rest(long waitMs) {
        if (waitMs > 0 && framesNoted.get() < FRAMES_BETWEEN) {
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(waitMs));
        }
    }

    private void checkpoint() throws SQLException {
        framesNoted.set(0);
        if (logFrames("PASSIVE") > LARGE_LOG_FRAMES) {
            writing.lock();
            try {
                logFrames("RESTART");
            } finally {
                writing.unlock();
            }
        }
    }

    /**
     * Moves what it can.
     *
     * @return the log's length up to what was moved. That all of it was moved does not make it short: what was committed meanwhile keeps it
     *     from beginning anew
     */
    private long logFrames(String mode) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("PRAGMA wal_checkpoint(" + mode + ")")) {
            return result.getLong(2);
        }
    }

    void close() {
        closing = true;
        Daemon.end(thread);
    }
}
