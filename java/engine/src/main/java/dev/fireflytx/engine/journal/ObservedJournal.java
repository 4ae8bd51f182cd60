package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A journal that is only looked at: nothing in it changes by that, and nobody who runs its sagas hears of it; unless those are asked for something,
 * which puts a row into it, by a connection that is there from then on.
 *
 * <p>SQLite opens the file for reading, so that the last connection that closes it does not move the log into it. It may leave a log without
 * contents beside a journal that had none, and the file by which its processes share the log.
 */
public final class ObservedJournal extends ReadableJournal {
    private static final long ROUND_MS = 1_000;
    private static final long SHORT_ROUND_MS = 100;
    private static final int FIRST_ROUNDS = 30;

    private final Connection reading;
    private final Connection scanning;
    private Connection asking;
    private volatile Watcher watcher = new Watcher() {};
    private final Thread rounds = Daemon.of(this::run, "fireflytx-observer");

    private ObservedJournal(Path file, Connection reading, Connection scanning) throws SQLException {
        super(file, reading, scanning, NOBODY);
        this.reading = reading;
        this.scanning = scanning;
        rounds.start();
    }

    /**
     * Opens a journal for reading.
     *
     * @param path the file
     * @return a store that takes nothing
     * @throws StoreException if it is not there, can't be opened, is damaged, or from a later release
     */
    public static ObservedJournal open(Path path) {
        Path file = JournalFile.existing(path);
        WalScan.check(file);
        try {
            Connection reading = JournalDatabase.readOnly(file);
            try {
                if (Schema.isMissing(reading, file.toString())) {
                    throw new StoreException("The journal '" + file + "' is empty: no engine has been there yet.");
                }
                return new ObservedJournal(file, reading, JournalDatabase.readOnly(file));
            } catch (SQLException | StoreException e) {
                reading.close();
                throw e;
            }
        } catch (SQLException e) {
            throw failure(file, "opened", e);
        }
    }

    @Override
    public boolean isReadOnly() {
        return true;
    }

    /** Whatever has not ended is somebody else's, whether that somebody runs now or later. */
    @Override
    public boolean isElsewhere(Header saga) {
        return !saga.status().isEnd();
    }

    @Override
    public Page left(Set<String> sagas, long after, long upTo, int limit) {
        return new Page(List.of(), List.of(), 0);
    }

    @Override
    public long leftCount(long upTo) {
        return 0;
    }

    @Override
    public long append(List<Entry> batch) {
        throw new UnsupportedOperationException("the journal is only observed");
    }

    @Override
    public Set<Long> claim(List<Header> sagas) {
        throw new UnsupportedOperationException("the journal is only observed");
    }

    @Override
    public boolean hasOthers() {
        return reading(() -> Owners.isAnyAlive(reading, file));
    }

    @Override
    public long ask(String correlationId, String body) {
        return asking(() -> RequestRows.add(asking, correlationId, body, Sql.number(asking, "SELECT aged_ms FROM journal")));
    }

    @Override
    public Optional<String> answer(long number) {
        return scanning(() -> RequestRows.answer(scanning, number));
    }

    @Override
    public Optional<String> withdraw(long number) {
        return asking(() -> RequestRows.remove(asking, number));
    }

    /** In a transaction of its own; it is none of the journal's commits, which are the owners'. */
    private synchronized <T> T asking(Work<T> change) {
        try {
            if (asking == null) {
                asking = JournalDatabase.asking(file);
            }
            WriteLock.begin(asking, file);
            try {
                T done = change.run();
                Sql.execute(asking, "COMMIT");
                return done;
            } catch (SQLException e) {
                Sql.rollBack(asking, e);
                throw e;
            }
        } catch (SQLException e) {
            throw failure(file, "written", e);
        }
    }

    @Override
    public long owner() {
        return NOBODY;
    }

    @Override
    public long fence() {
        return NOBODY;
    }

    @Override
    public void watch(Watcher to) {
        watcher = to;
    }

    private void run() {
        try {
            boolean soon = false;
            for (int rounds = 0; !Thread.currentThread().isInterrupted(); rounds++) {
                Thread.sleep(soon || rounds < FIRST_ROUNDS ? SHORT_ROUND_MS : ROUND_MS);
                soon = watcher.round(false, List.of());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void close() {
        rounds.interrupt();
        try {
            if (asking != null) {
                asking.close();
            }
            reading.close();
            scanning.close();
        } catch (SQLException e) {
            // nothing was written
        }
    }
}
