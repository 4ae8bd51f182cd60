package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.FencedException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Numbers the journal's commits, notes their time, and lets through those alone whose engine is still one of the journal's owners. */
final class CommitCount {
    private final Path file;
    private final JournalClock clock;
    private final Owners.Owner owner;
    private final PreparedStatement next;
    private final PreparedStatement last;
    private long known = -1;

    CommitCount(Connection connection, Path file, JournalClock clock, Owners.Owner owner) throws SQLException {
        this.file = file;
        this.clock = clock;
        this.owner = owner;
        next = connection.prepareStatement("UPDATE journal SET commits = commits + 1, clock_ms = ?, monotonic_ms = ?, aged_ms = ?"
                + " WHERE commits = ? AND " + Owners.IS_THERE);
        last = connection.prepareStatement("SELECT commits FROM journal WHERE " + Owners.IS_THERE);
    }

    /**
     * The number of the transaction at hand, which has to be asked for it first.
     *
     * @throws FencedException if this engine is no owner any more
     */
    long next() throws SQLException {
        if (!isCounted()) { // others have written meanwhile, or the last transaction was rolled back
            known = last();
            if (!isCounted()) {
                throw new SQLException("its commits can't be counted after " + known);
            }
        }
        return ++known;
    }

    private boolean isCounted() throws SQLException {
        next.setLong(1, clock.nowMs());
        next.setLong(2, clock.monotonicMs());
        next.setLong(3, clock.agedMs());
        next.setLong(4, known);
        next.setLong(5, owner.number());
        next.setLong(6, owner.fence());
        return next.executeUpdate() == 1;
    }

    private long last() throws SQLException {
        last.setLong(1, owner.number());
        last.setLong(2, owner.fence());
        try (ResultSet commits = last.executeQuery()) {
            if (!commits.next()) {
                throw new FencedException("sqlite:" + file);
            }
            return commits.getLong(1);
        }
    }
}
