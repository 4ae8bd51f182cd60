package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.FencedException;
import dev.fireflytx.engine.SagaStatus;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;

/**
 * Buries sagas that ended long ago: a tombstone takes the place of a saga and its facts, and goes in its turn.
 *
 * <p>It walks through the sagas in the order of their starts, a page at a time, up to the first one that started too late to be old. So it needs
 * no index, which every commit would have to pay for; behind it stay only those that must. How old a saga is tells the time that
 * {@link JournalClock#agedMs} counts, and never the wall clock.
 */
final class Retention {
    private static final long TOMBSTONE_MS = TimeUnit.DAYS.toMillis(30);
    private static final long REQUEST_MS = TimeUnit.DAYS.toMillis(1);

    private static final int PAGE = 200;

    /** How many rows a transaction removes: few enough for a few milliseconds, since everybody else's commits wait for it. */
    private static final int MOST_SAGAS = 64;
    private static final int MOST_TOMBSTONES = 200;

    /** Between two transactions others must get the write lock, which they don't queue for but poll. */
    private static final long BREATH_MS = 10;
    private static final long BETWEEN_PAGES_MS = 1_000;
    private static final long LONGEST_BETWEEN_WALKS_MS = 60_000;

    private final Connection connection;
    private final JournalClock clock;
    private final Lock writing;
    private final CommitCount commits;
    private final long retentionMs;
    private final PreparedStatement page;
    private final PreparedStatement delete;
    private final PreparedStatement deleteFacts;
    private final PreparedStatement bury;
    private final PreparedStatement noteBuried;
    private final PreparedStatement outdated;
    private final PreparedStatement deleteTombstones;
    private final PreparedStatement deleteRequests;
    private long after;

    /** The lock is this engine's own, see {@link Upkeep}. */
    Retention(Connection connection, Path file, JournalClock clock, Owners.Owner owner, long retentionMs, Lock writing) throws SQLException {
        this.connection = connection;
        this.clock = clock;
        this.writing = writing;
        this.retentionMs = retentionMs;
        commits = new CommitCount(connection, file, clock, owner);
        page = connection.prepareStatement(SagaRow.SELECT + "WHERE number > ? ORDER BY number LIMIT " + PAGE);
        delete = connection.prepareStatement("DELETE FROM sagas WHERE number = ? AND checksum = ?");
        deleteFacts = connection.prepareStatement("DELETE FROM facts WHERE saga = ?");
        bury = connection.prepareStatement(Tombstone.INSERT);
        noteBuried = connection.prepareStatement("UPDATE journal SET newest_buried = max(newest_buried, ?)");
        outdated = connection.prepareStatement("SELECT EXISTS (SELECT 1 FROM tombstones WHERE aged_ms <= ?)"
                + " OR EXISTS (SELECT 1 FROM requests WHERE aged_ms <= ?)");
        deleteTombstones = connection.prepareStatement("DELETE FROM tombstones WHERE rowid IN"
                + " (SELECT rowid FROM tombstones WHERE aged_ms <= ? ORDER BY aged_ms LIMIT " + MOST_TOMBSTONES + ")");
        deleteRequests = connection.prepareStatement("DELETE FROM requests WHERE aged_ms <= ?");
    }

    /**
     * Does a small part of what there is to do.
     *
     * @param committed called after a transaction
     * @return how long to do nothing then, in milliseconds
     * @throws FencedException if this engine is no owner any more
     */
    long step(Runnable committed) throws SQLException {
        List<SagaRow> old = nextOld();
        if (!old.isEmpty() || hasOutdated()) {
            writing.lock();
            try {
                if (WriteLock.tryBegin(connection)) {
                    remove(old);
                    committed.run();
                }
            } finally {
                writing.unlock();
            }
            return BREATH_MS;
        }
        return after == 0 ? Math.min(LONGEST_BETWEEN_WALKS_MS, retentionMs) : BETWEEN_PAGES_MS;
    }

    /** The old ones among the next sagas of the walk, which begins anew behind the last. */
    private List<SagaRow> nextOld() throws SQLException {
        page.setLong(1, after);
        List<SagaRow> old = new ArrayList<>();
        try (ResultSet rows = page.executeQuery()) {
            int seen = 0;
            for (; seen < PAGE && old.size() < MOST_SAGAS && rows.next() && !isYoung(rows); seen++) {
                after = rows.getLong(1);
                SagaRow.read(rows).filter(this::isOld).ifPresent(old::add);
            }
            if (seen < PAGE && old.size() < MOST_SAGAS) {
                after = 0;
            }
        }
        return old;
    }

    /** It started so late that it can't be old, and neither can those behind it: a saga is never older than the time since its start. */
    private boolean isYoung(ResultSet rows) throws SQLException {
        return clock.nowMs() - rows.getLong(SagaRow.STARTED_MS) < retentionMs;
    }

    private boolean isOld(SagaRow saga) {
        SagaStatus status = saga.header().status();
        boolean mayGo = status == SagaStatus.COMPLETED || status == SagaStatus.COMPENSATED;
        return mayGo && clock.agedMs() - saga.agedMs() >= retentionMs;
    }

    private boolean hasOutdated() throws SQLException {
        outdated.setLong(1, clock.agedMs() - TOMBSTONE_MS);
        outdated.setLong(2, clock.agedMs() - REQUEST_MS);
        try (ResultSet rows = outdated.executeQuery()) {
            return rows.getBoolean(1);
        }
    }

    private void remove(List<SagaRow> old) throws SQLException {
        try {
            commits.next();
            for (SagaRow saga : old) {
                bury(saga);
            }
            execute(deleteTombstones, clock.agedMs() - TOMBSTONE_MS);
            execute(deleteRequests, clock.agedMs() - REQUEST_MS);
            Sql.execute(connection, "COMMIT");
        } catch (SQLException | RuntimeException e) {
            Sql.rollBack(connection, e);
            throw e;
        }
    }

    /** Does nothing if another engine was faster. */
    private void bury(SagaRow saga) throws SQLException {
        delete.setLong(1, saga.header().number());
        delete.setLong(2, saga.checksum());
        if (delete.executeUpdate() == 1) {
            execute(deleteFacts, saga.header().number());
            execute(noteBuried, saga.header().number());
            new Tombstone(saga.header(), clock.agedMs()).insert(bury);
        }
    }

    private static void execute(PreparedStatement change, long argument) throws SQLException {
        change.setLong(1, argument);
        change.executeUpdate();
    }
}
