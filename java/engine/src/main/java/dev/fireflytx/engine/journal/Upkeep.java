package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.FencedException;
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

    /** While commits never pause, the log never begins anew by itself; when it has become as long as this, they wait once for a moment. */
    private static final long LARGE_LOG_FRAMES = 16_000;

    /** For no longer: a reader that stays open, or another process that writes, must not hold up every saga. */
    private static final int RESTART_WAIT_MS = 20;

    private final Connection connection;
    private final Path file;
    private final Retention retention;
    private final Lock writing;
    private final Consumer<Exception> failed;
    private final AtomicLong framesNoted = new AtomicLong();
    private final Thread thread = Daemon.of(this::run, "fireflytx-upkeep");
    private volatile boolean closing;
    private long restartMs;

    /** What a checkpoint answers: whether somebody was in its way, and how long the log was when it began. */
    private record Log(boolean isBusy, long frames) {}

    /**
     * Begins with {@link #start}.
     *
     * @param connection used by this thread alone
     * @param file the journal
     * @param retention what buries what ended long ago
     * @param writing held by this engine's commits, and fair: SQLite's own lock is polled for and not queued for, so that commits without a pause
     *     would keep this thread waiting for ever
     * @param failed told of what failed, after which nothing must be written
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
    void noteCommit(long frames) {
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
        } catch (IOException | SQLException | RuntimeException e) {
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
            if (framesNoted.get() >= FRAMES_BETWEEN || OwnerWatch.nowMs() >= checkpointMs) {
                checkpoint();
                checkpointMs = OwnerWatch.nowMs() + LONGEST_WAIT_MS;
            }
            if (OwnerWatch.nowMs() >= retentionMs) {
                retentionMs = OwnerWatch.nowMs() + retention.step(() -> noteCommit(FRAMES_BETWEEN / 10));
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
        boolean isNew = framesNoted.getAndSet(0) > 0;
        if (move("PASSIVE").frames() > LARGE_LOG_FRAMES && isNew && OwnerWatch.nowMs() >= restartMs) {
            beginLogAnew();
        }
    }

    /** While this engine's commits wait; if others are in the way, it is tried again after a while, and the log grows until then. */
    private void beginLogAnew() throws SQLException {
        writing.lock();
        try {
            Sql.execute(connection, "PRAGMA busy_timeout = " + RESTART_WAIT_MS);
            if (move("RESTART").isBusy()) {
                restartMs = OwnerWatch.nowMs() + LONGEST_WAIT_MS;
            }
            Sql.execute(connection, "PRAGMA busy_timeout = " + JournalDatabase.BUSY_WAIT_MS);
        } catch (SQLException e) {
            failed.accept(e); // before anybody else may write
            throw e;
        } finally {
            writing.unlock();
        }
    }

    /** Moves what it can. */
    private Log move(String mode) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("PRAGMA wal_checkpoint(" + mode + ")")) {
            return new Log(result.getBoolean(1), result.getLong(2));
        }
    }

    void close() {
        closing = true;
        Daemon.end(thread);
    }
}
