package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.Store.Header;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Writes the table {@code sagas}, and remembers the rows of those that have not ended. */
final class SagaRows {
    private final PreparedStatement insert;
    private final PreparedStatement update;
    private final PreparedStatement select;
    private final PreparedStatement lastOrdinal;
    private final Connection connection;
    private final DefinitionRows definitions;
    private final JournalClock clock;
    private final long owner;
    private final Map<String, Open> open = new HashMap<>();
    private long newest;

    /** A saga's row, and how many turns it has had. */
    private record Open(SagaRow row, long turns) {}

    /** Where a turn's facts belong: the saga's number, and which of its turns this is. */
    record Place(long saga, long ordinal) {}

    SagaRows(Connection connection, JournalClock clock, long owner) throws SQLException {
        this.connection = connection;
        this.clock = clock;
        this.owner = owner;
        insert = connection.prepareStatement(SagaRow.INSERT);
        update = connection.prepareStatement(SagaRow.UPDATE);
        select = connection.prepareStatement(SagaRow.SELECT + "WHERE correlation_id = ?");
        lastOrdinal = connection.prepareStatement("SELECT coalesce(max(ordinal), 0) FROM facts WHERE saga = ?");
        definitions = new DefinitionRows(connection);
    }

    /** Notes how an entry's saga stands after it; null if its id is taken, or another engine has reopened or buried it. */
    Place note(Store.Entry entry) throws SQLException {
        Open saga = entry.beginning().isPresent() ? begin(entry, entry.beginning().get()) : find(entry.correlationId());
        if (saga == null) {
            return null;
        }
        Open after = new Open(inStatus(saga.row(), entry), saga.turns() + 1);
        if (entry.status().isEnd()) {
            open.remove(entry.correlationId());
        } else {
            open.put(entry.correlationId(), after);
        }
        return new Place(after.row().header().number(), after.turns());
    }

    private SagaRow inStatus(SagaRow row, Store.Entry entry) throws SQLException {
        if (row.header().status() == entry.status() && row.header().owner() == ownerIn(entry)) {
            return row;
        }
        SagaRow changed = row.in(entry.status(), ownerIn(entry), entry.atMs(), clock.agedMs());
        changed.update(update);
        return changed;
    }

    /** What has ended belongs to nobody: whoever is asked to may reopen it. */
    private long ownerIn(Store.Entry entry) {
        return entry.status().isEnd() ? Store.NOBODY : owner;
    }

    private Open begin(Store.Entry entry, Store.Beginning beginning) throws SQLException {
        Header header = new Header(newest + 1, entry.correlationId(), beginning.definition().name(), beginning.inputHash(),
                entry.status(), entry.atMs(), entry.atMs(), ownerIn(entry));
        SagaRow row = new SagaRow(header, definitions.idOf(beginning.definition()), clock.agedMs());
        if (!row.insert(insert)) {
            return null;
        }
        newest++;
        return new Open(row, 0);
    }

    /** Adds the row of a saga that another store has kept, as nobody's, and gives its number; 0 if its id is here. */
    long adopt(Store.StoredSaga saga) throws SQLException {
        Header from = saga.header();
        Header header = new Header(newest + 1, from.correlationId(), from.saga(), from.inputHash(), from.status(), from.startedMs(),
                from.changedMs(), Store.NOBODY);
        if (!new SagaRow(header, definitions.idOf(saga.definition()), clock.agedMs()).insert(insert)) {
            return 0;
        }
        return ++newest;
    }

    /** Adds a tombstone, unless the saga, or one for it, is here. */
    void bury(Header saga) throws SQLException {
        if (read(saga.correlationId()).isEmpty()) {
            try (PreparedStatement bury = connection.prepareStatement(Tombstone.INSERT + " ON CONFLICT (correlation_id) DO NOTHING")) {
                new Tombstone(saga, clock.agedMs()).insert(bury);
            }
        }
    }

    /** Makes a saga this owner's, if its row is as it was read and nobody runs it; whether it is its own now. */
    boolean claim(Header seen) throws SQLException {
        if (seen.owner() != owner && !seen.status().isEnd() && Owners.isThere(connection, seen.owner())) {
            return false;
        }
        Optional<SagaRow> row = read(seen.correlationId()).filter(found -> found.header().equals(seen));
        if (row.isPresent() && seen.owner() != owner) {
            row.get().ownedBy(owner).update(update);
        }
        return row.isPresent();
    }

    private Open find(String correlationId) throws SQLException {
        Open known = open.get(correlationId);
        if (known != null) {
            return known;
        }
        SagaRow row = read(correlationId).orElseThrow(() -> new SQLException("saga '" + correlationId + "' is not in it"));
        if (row.header().owner() != owner) {
            return null;
        }
        lastOrdinal.setLong(1, row.header().number());
        try (ResultSet rows = lastOrdinal.executeQuery()) {
            return new Open(row, rows.getLong(1));
        }
    }

    private Optional<SagaRow> read(String correlationId) throws SQLException {
        select.setString(1, correlationId);
        try (ResultSet rows = select.executeQuery()) {
            return rows.next()
                    ? Optional.of(SagaRow.read(rows).orElseThrow(() -> new SQLException("the row of saga '" + correlationId + "' is damaged")))
                    : Optional.empty();
        }
    }

    /** Somebody else has written: other numbers are taken. */
    void follow() throws SQLException {
        newest = Sql.number(connection, SagaRow.NEWEST);
    }

    /** A batch was rolled back: what was remembered of it is forgotten. */
    void forget() {
        open.clear();
        definitions.forget();
    }
}
