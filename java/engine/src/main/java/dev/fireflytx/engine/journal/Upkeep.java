package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.FencedException;
import dev.fireflytx.engine.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Keeps the file small, on a thread of its own: moves the write-ahead log into it, which inside a commit would hold sagas up for tens of
 * milliseconds, and buries what ended long ago.
 */
final class Upkeep {
    private static final int COMMITS_BETWEEN = 200;
    private static final long LONGEST_WAIT_MS = 5_000;

    /** While commits never pause, the log never ends; when it has become as long as this, they wait once for a moment. */
    private static final long LARGE_LOG_FRAMES = 16_000;

    private final Connection connection;
    private final Path file;
    private final Retention retention;
    private final Consumer<Exception> failed;
    private final Semaphore commits = new Semaphore(0);
    private final Thread thread = Daemon.of(this::run, "fireflytx-upkeep");
    private volatile boolean closing;

    /** The last parameter is told of what failed, after which nothing must be written. */
    Upkeep(Connection connection, Path file, Retention retention, Consumer<Exception> failed) {
        this.connection = connection;
        this.file = file;
        this.retention = retention;
        this.failed = failed;
    }

    void start() {
        thread.start();
    }

    void noteCommit() {
        commits.release();
    }

    private void run() {
        try {
            work();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (FencedException e) {
            // taken over from: whatever this engine still does, it hears of it there
        } catch (IOException | SQLException | StoreException e) {
            failed.accept(e);
        }
    }

    private void work() throws InterruptedException, IOException, SQLException {
        if (!PageCheck.isQuick(file)) {
            PageCheck.check(connection, file);
        }
        long checkpointMs = OwnerWatch.nowMs() + LONGEST_WAIT_MS;
        long retentionMs = 0;
        while (!closing) {
            long waitMs = Math.max(0, Math.min(checkpointMs, retentionMs) - OwnerWatch.nowMs());
            boolean many = commits.tryAcquire(COMMITS_BETWEEN, waitMs, TimeUnit.MILLISECONDS);
            long nowMs = OwnerWatch.nowMs();
            if (many || nowMs >= checkpointMs) {
                checkpoint();
                checkpointMs = nowMs + LONGEST_WAIT_MS;
            }
            if (nowMs >= retentionMs) {
                retentionMs = nowMs + retention.step(this::noteCommit);
            }
        }
    }

    private void checkpoint() throws SQLException {
        if (framesLeft("PASSIVE") > LARGE_LOG_FRAMES) {
            framesLeft("RESTART");
        }
    }

    /** Moves what it can, and gives the log's length, or 0 if all of it is moved, so that the next commit begins it anew. */
    private long framesLeft(String mode) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("PRAGMA wal_checkpoint(" + mode + ")")) {
            long frames = result.getLong(2);
            return frames == result.getLong(3) ? 0 : frames;
        }
    }

    void close() {
        closing = true;
        Daemon.end(thread);
    }
}
