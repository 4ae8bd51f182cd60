package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.EngineClock;
import dev.fireflytx.engine.EventOutbox;
import dev.fireflytx.engine.FencedException;
import dev.fireflytx.engine.JournalOptions;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreException;
import dev.fireflytx.engine.StoreReport;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * A journal in one SQLite file, with a write-ahead log that is synced at every commit.
 *
 * <p>BEGIN IMMEDIATE and COMMIT are said here, and never by the driver: its {@code commit()} keeps the write lock while idle, and after
 * SQLITE_BUSY it committed row by row while {@code commit()} threw.
 */
public final class SqliteStore extends ReadableJournal {
    private static final long FRESH_MS = 1_000;

    private final JournalDatabase database;
    private final JournalClock clock;
    private final Owners.Owner owner;
    private final JournalWriter writer;
    private final JournalOutbox outbox;
    private final Lock writing = new ReentrantLock(true);
    private final Upkeep upkeep;
    private final OwnerWatch watch;
    private volatile Exception broken;

    private SqliteStore(Path file, JournalDatabase database, JournalClock clock, Owners.Owner owner, long retentionMs) throws IOException, SQLException {
        super(file, database.reading(), database.scanning(), owner.number());
        this.database = database;
        this.clock = clock;
        this.owner = owner;
        this.writer = new JournalWriter(database.writing(), file, clock, owner);
        this.outbox = new JournalOutbox(this, writer, database.scanning(), file);
        this.watch = new OwnerWatch(database.watching(), file, owner);
        Retention retention = new Retention(database.upkeep(), file, clock, owner, retentionMs, writing);
        this.upkeep = new Upkeep(database.upkeep(), file, retention, writing, this::breakDown);
        upkeep.start();
        watch.start();
    }

    /** Loads SQLite's library and its driver, if they are not loaded yet. */
    public static void prepare() {
        JournalDatabase.prepare();
    }

    /**
     * Opens a journal, and makes it if it is not there.
     *
     * @param path the file
     * @param options how to keep it
     * @return a store, which is one of the journal's owners until it is closed
     * @throws StoreException if it can't be opened, is damaged, or from a later release
     */
    public static SqliteStore open(Path path, JournalOptions options) {
        return open(path, options, JournalClock.system());
    }

    static SqliteStore open(Path path) {
        return open(path, JournalClock.system());
    }

    static SqliteStore open(Path path, JournalClock.Source clock) {
        return open(path, JournalOptions.standard(), clock);
    }

    static SqliteStore open(Path path, JournalOptions options, JournalClock.Source clock) {
        if (options.replaced() != NOBODY && !JournalFile.isThere(path)) {
            throw new StoreException("The journal '" + path + "' is not there any more: it was deleted or emptied while an engine was running on it."
                    + " Restore the file that was there; what it held is not in a new one.");
        }
        Path file = JournalFile.provide(path);
        WalScan.check(file);
        try {
            return over(file, options, clock);
        } catch (IOException | SQLException e) {
            throw failure(file, "opened", e);
        }
    }

    private static SqliteStore over(Path file, JournalOptions options, JournalClock.Source source) throws IOException, SQLException {
        JournalDatabase database = JournalDatabase.open(file);
        try {
            if (PageCheck.isQuick(file)) {
                PageCheck.check(database.reading(), file);
            }
            JournalClock clock = new JournalClock(source);
            Owners.Owner owner = join(database.writing(), file, options.replaced(), clock);
            return new SqliteStore(file, database, clock, owner, options.retentionMs());
        } catch (IOException | SQLException | RuntimeException e) {
            database.close();
            throw e;
        }
    }

    private static Owners.Owner join(Connection connection, Path file, long replaced, JournalClock clock) throws IOException, SQLException {
        if (!WriteLock.tryBegin(connection)) {
            throw new StoreException("The journal '" + file + "' can't be opened now: " + WriteLock.holder(file)
                    + " holds its write lock and does not give it back. Try again when that has gone on, or has ended.");
        }
        boolean isAlone = Owners.removeDead(connection, file, replaced);
        Owners.Owner owner = Owners.join(connection, file, replaced);
        try {
            clock.resume(connection, isAlone);
            Sql.execute(connection, "COMMIT");
            return owner;
        } catch (SQLException e) {
            owner.lock().close();
            throw e;
        }
    }

    private void breakDown(Exception why) {
        broken = why;
        watch.fail(why instanceof StoreException known ? known : failure(file, "kept up", why));
    }

    /** After a failed write or sync only a new store can say what is durable: this one takes nothing more. */
    @Override
    public long append(List<Entry> batch) {
        long number = writing(() -> writer.append(batch));
        upkeep.noteCommit(writer.lastFrames());
        return number;
    }

    @Override
    public void adopt(List<StoredSaga> sagas, List<Header> buried) {
        writing(() -> writer.adopt(sagas, buried));
        upkeep.noteCommit(writer.lastFrames());
    }

    @Override
    public Set<Long> claim(List<Header> sagas) {
        return writing(() -> writer.claim(sagas));
    }

    @Override
    public long ask(String correlationId, String body) {
        return writing(() -> writer.ask(correlationId, body));
    }

    @Override
    public void answer(long number, String answer) {
        writing(() -> {
            writer.answer(number, answer);
            return number;
        });
    }

    @Override
    public Optional<String> withdraw(long number) {
        return writing(() -> writer.withdraw(number));
    }

    @Override
    public Optional<String> answer(long number) {
        return scanning(() -> RequestRows.answer(database.scanning(), number));
    }

    @Override
    public EventOutbox outbox() {
        return outbox;
    }

    @Override
    public boolean isElsewhere(Header saga) {
        return saga.owner() != owner.number() && saga.owner() != NOBODY
                && reading(() -> Owners.isThere(database.reading(), saga.owner()));
    }

    void forgetPublished() {
        if (this.<Boolean>writing(writer::forgetPublished)) {
            upkeep.noteCommit(writer.lastFrames());
        }
    }

    /** Keeps the writer to one thread; nothing is written. */
    void locked(Runnable work) {
        writing.lock();
        try {
            work.run();
        } finally {
            writing.unlock();
        }
    }

    @Override
    public boolean hasOthers() {
        return reading(() -> !Owners.others(database.reading(), owner.number()).isEmpty());
    }

    <T> T writing(Work<T> write) {
        writing.lock();
        try {
            if (broken != null) {
                throw failure(file, "written", broken);
            }
            return write.run();
        } catch (SQLException e) {
            broken = e;
            throw failure(file, "written", e);
        } finally {
            writing.unlock();
        }
    }

    /** Shows first that this process is not frozen: only then nobody takes over for a while, should it turn out to be an owner still. */
    @Override
    public void prove() {
        long nowMs = OwnerWatch.nowMs();
        if (nowMs - watch.provedMs() > FRESH_MS) {
            beat();
            if (!this.<Boolean>writing(this::isOwner)) {
                throw new FencedException(description());
            }
            watch.proved(nowMs);
        }
    }

    private boolean isOwner() throws SQLException {
        WriteLock.begin(database.writing(), file);
        return Owners.isThereForSure(database.writing(), owner);
    }

    private void beat() {
        try {
            owner.lock().beat();
        } catch (IOException e) {
            throw failure(file, "kept in use", e);
        }
    }

    @Override
    public OptionalLong provedMs() {
        return OptionalLong.of(watch.provedMs());
    }

    @Override
    public void watch(Watcher watcher) {
        watch.report(watcher);
    }

    @Override
    public EngineClock clock() {
        return clock;
    }

    @Override
    public long owner() {
        return owner.number();
    }

    @Override
    public long fence() {
        return owner.fence();
    }

    @Override
    public void close() {
        watch.close();
        upkeep.close();
        try (OwnerLock lock = owner.lock()) {
            if (broken == null && WriteLock.tryBegin(database.writing())) {
                writer.leaveEvents();
                Owners.remove(database.writing(), owner.number());
                Sql.execute(database.writing(), "COMMIT");
                lock.delete();
            }
        } catch (IOException | SQLException e) {
            // the next owner sees that nobody holds the lock
        } finally {
            database.close();
        }
    }
}
