package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.EngineClock;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * A journal in one SQLite file, with a write-ahead log that is synced at every commit.
 *
 * <p>Autocommit stays on, and BEGIN IMMEDIATE and COMMIT are said here: with {@code setAutoCommit(false)} the driver keeps the write lock
 * while idle, and after SQLITE_BUSY it committed row by row while {@code commit()} threw.
 */
public final class SqliteStore implements Store {
    private final JournalFile file;
    private final JournalDatabase database;
    private final JournalWriter writer;
    private final JournalReader reader;
    private final JournalReader scanner;
    private final JournalClock clock;
    private final Checkpointer checkpointer;
    private volatile SQLException broken;

    private SqliteStore(JournalFile file, JournalDatabase database, JournalClock clock) throws SQLException {
        this.file = file;
        this.database = database;
        this.clock = clock;
        this.writer = new JournalWriter(database.writing(), clock);
        this.reader = new JournalReader(database.reading(), file.path().toString());
        this.scanner = new JournalReader(database.scanning(), file.path().toString());
        this.checkpointer = new Checkpointer(database.checkpointing(), failure -> broken = failure);
        checkpointer.start();
    }

    /**
     * Opens a journal, and makes it if it is not there.
     *
     * @param path the file
     * @return a store that owns it until closed
     * @throws StoreException if it can't be opened, is damaged, from a later release, or owned by another engine
     */
    public static SqliteStore open(Path path) {
        return open(path, JournalClock.system());
    }

    static SqliteStore open(Path path, JournalClock.Source clock) {
        JournalFile file = JournalFile.own(path);
        try {
            WalScan.check(file.path());
            return over(file, clock);
        } catch (SQLException e) {
            file.close();
            throw failure(file, "opened", e);
        } catch (StoreException e) {
            file.close();
            throw e;
        }
    }

    private static SqliteStore over(JournalFile file, JournalClock.Source clock) throws SQLException {
        JournalDatabase database = JournalDatabase.open(file.path());
        try {
            return new SqliteStore(file, database, new JournalClock(clock));
        } catch (SQLException | RuntimeException e) {
            database.close();
            throw e;
        }
    }

    /** After a failed write or sync only a new store can say what is durable: this one takes nothing more. */
    @Override
    public long append(List<Entry> batch) {
        if (broken != null) {
            throw failure(file, "written", broken);
        }
        try {
            long number = writer.append(batch);
            checkpointer.noteCommit();
            return number;
        } catch (SQLException e) {
            broken = e;
            throw failure(file, "written", e);
        }
    }

    @Override
    public EngineClock clock() {
        return clock;
    }

    @Override
    public Optional<Header> find(String correlationId) {
        return reading(reader, () -> reader.find(correlationId));
    }

    @Override
    public Optional<StoredSaga> load(String correlationId) {
        return reading(reader, () -> reader.load(correlationId));
    }

    @Override
    public List<StoredSaga> unfinished(long after, long upTo, int limit) {
        return reading(scanner, () -> scanner.unfinished(after, upTo, limit));
    }

    @Override
    public List<Header> list(Query query) {
        return reading(scanner, () -> scanner.list(query)); // never holds up the loop, which reads with the other one
    }

    @Override
    public long unfinishedCount() {
        return reading(scanner, scanner::unfinishedCount);
    }

    @Override
    public long newest() {
        return reading(scanner, scanner::newest);
    }

    @Override
    public long fence() {
        return writer.fence();
    }

    @Override
    public String description() {
        return "sqlite:" + file.path();
    }

    @Override
    public void close() {
        checkpointer.close();
        database.close();
        file.close();
    }

    private interface Read<T> {
        T from() throws SQLException;
    }

    private <T> T reading(JournalReader by, Read<T> read) {
        synchronized (by) {
            try {
                return read.from();
            } catch (SQLException e) {
                throw failure(file, "read", e);
            }
        }
    }

    private static StoreException failure(JournalFile file, String what, SQLException e) {
        return new StoreException("The journal '" + file.path() + "' can't be " + what + ": " + e.getMessage(), e);
    }
}
