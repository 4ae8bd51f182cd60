package dev.fireflytx.engine.journal;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Moves the write-ahead log into the file, on a thread of its own: inside a commit it would hold sagas up for tens of milliseconds. */
final class Checkpointer {
    private static final int COMMITS_BETWEEN = 200;
    private static final long LONGEST_WAIT_S = 5;

    /** While commits never pause, the log never ends; when it has become as long as this, they wait once for a moment. */
    private static final long LARGE_LOG_FRAMES = 16_000;

    private final Connection connection;
    private final Consumer<SQLException> failed;
    private final Semaphore commits = new Semaphore(0);
    private final Thread thread = new Thread(this::run, "fireflytx-checkpoint");
    private volatile boolean closing;

    /** The last parameter is told of a checkpoint that failed, after which nothing must be written. */
    Checkpointer(Connection connection, Consumer<SQLException> failed) {
        this.connection = connection;
        this.failed = failed;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    void noteCommit() {
        commits.release();
    }

    private void run() {
        try {
            while (!closing) {
                commits.tryAcquire(COMMITS_BETWEEN, LONGEST_WAIT_S, TimeUnit.SECONDS);
                checkpoint();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SQLException e) {
            failed.accept(e);
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
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
