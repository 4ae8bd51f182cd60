package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.RefusedException;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Shows everything in a journal, or some sagas, to a visitor. A saga is read with all its facts in one transaction; none is open while the visitor
 * is busy, since the log can't begin anew while one reads.
 */
final class JournalVisit {
    private static final int SAGAS_AT_ONCE = 100;
    private static final int MOST_FACTS_AT_ONCE = 1_000;
    private static final int TOMBSTONES_AT_ONCE = 1_000;

    private final Connection connection;
    private final JournalReader reader;
    private final Store.Visitor visitor;

    private JournalVisit(Connection connection, String file, Store.Visitor visitor) throws SQLException {
        this.connection = connection;
        this.reader = new JournalReader(connection, file, Store.NOBODY);
        this.visitor = visitor;
    }

    static void all(Connection connection, String file, Store.Visitor visitor) throws SQLException {
        JournalVisit visit = new JournalVisit(connection, file, visitor);
        visit.sagas();
        visit.tombstones();
    }

    static void some(Connection connection, String file, Set<String> correlationIds, Store.Visitor visitor) throws SQLException {
        JournalVisit visit = new JournalVisit(connection, file, visitor);
        try (PreparedStatement select = connection.prepareStatement(SagaRow.SELECT + "WHERE correlation_id = ?")) {
            for (String id : correlationIds) {
                visit.one(select, id);
            }
        }
    }

    private interface Read<T> {
        T read() throws SQLException;
    }

    private <T> T inTransaction(Read<T> work) throws SQLException {
        if (Thread.currentThread().isInterrupted()) {
            throw new StoreException("The export was stopped.", null);
        }
        Sql.execute(connection, "BEGIN");
        try {
            return work.read();
        } finally {
            Sql.execute(connection, "ROLLBACK");
        }
    }

    private void one(PreparedStatement select, String correlationId) throws SQLException {
        select.setString(1, correlationId);
        Store.Page found = inTransaction(() -> reader.page(select, Long.MAX_VALUE));
        if (found.last() != 0) {
            show(found);
        } else {
            visitor.buried(reader.find(correlationId).orElseThrow(() -> RefusedException.unknownId(correlationId)));
        }
    }

    private void sagas() throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                SagaRow.SELECT + "WHERE number > ? ORDER BY number LIMIT " + SAGAS_AT_ONCE)) {
            long last = 0;
            do {
                select.setLong(1, last);
                Store.Page page = inTransaction(() -> reader.page(select, MOST_FACTS_AT_ONCE));
                show(page);
                last = page.last();
            } while (last != 0);
        }
    }

    private void show(Store.Page page) {
        page.sagas().forEach(visitor::saga);
        page.unreadable().forEach(visitor::unreadable);
    }

    /** Behind the sagas: one that was buried meanwhile is in both, and never in neither. */
    private void tombstones() throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                Tombstone.SELECT + "WHERE rowid > ? ORDER BY rowid LIMIT " + TOMBSTONES_AT_ONCE)) {
            long last = 0;
            do {
                select.setLong(1, last);
                last = tombstones(select);
            } while (last != 0);
        }
    }

    private long tombstones(PreparedStatement select) throws SQLException {
        List<Tombstone> page = new ArrayList<>();
        long last = inTransaction(() -> read(select, page));
        page.forEach(tombstone -> visitor.buried(tombstone.header()));
        return last;
    }

    private long read(PreparedStatement select, List<Tombstone> into) throws SQLException {
        long last = 0;
        try (ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                last = rows.getLong(Tombstone.ROW_ID);
                String id = SagaRow.text(rows, 1);
                String saga = SagaRow.text(rows, 2);
                Tombstone.read(rows).ifPresentOrElse(into::add, () -> visitor.unreadable(new Store.Unreadable(id, saga, damaged())));
            }
        }
        return last;
    }

    private static RefusedException damaged() {
        return new RefusedException(RefusedException.Code.UNREADABLE, "its tombstone is not what was written");
    }
}
