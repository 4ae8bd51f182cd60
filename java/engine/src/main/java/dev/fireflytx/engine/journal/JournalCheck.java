package dev.fireflytx.engine.journal;

import dev.fireflytx.core.definition.DefinitionJson;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.Store.StoredSaga;
import dev.fireflytx.engine.StoreException;
import dev.fireflytx.engine.StoreReport;
import dev.fireflytx.engine.StoreReport.Problem;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads all of a journal, and tells everything that is not as it should be.
 *
 * <p>A page is read in one transaction, and a saga with all its facts in the same one: what changes in between is not taken for damage. No
 * transaction is long, since the log can't begin anew while one reads.
 */
final class JournalCheck {
    private static final int PAGE = 1_000;
    private static final int SAGAS_PER_PAGE = 100;

    private static final String SAGAS = SagaRow.SELECT + "WHERE number > ? ORDER BY number LIMIT " + SAGAS_PER_PAGE;

    private static final String ORPHANS = "SELECT turn, saga, EXISTS (SELECT 1 FROM sagas WHERE number = facts.saga) FROM facts"
            + " WHERE turn > ? ORDER BY turn LIMIT " + PAGE;

    private static final String DEFINITIONS = "SELECT id, body, checksum FROM definitions WHERE id > ? ORDER BY id LIMIT " + PAGE;

    private static final String EVENTS = OutboxRow.SELECT + "WHERE number > ? ORDER BY number LIMIT " + PAGE;

    private static final String TOMBSTONES = Tombstone.SELECT + "WHERE rowid > ? ORDER BY rowid LIMIT " + PAGE;

    private final Connection connection;
    private final Function<StoredSaga, Optional<String>> check;
    private final JournalReader reader;
    private final List<Problem> problems = new ArrayList<>();
    private long problemCount;
    private long sagas;
    private long facts;
    private long orphaned;

    private JournalCheck(Connection connection, String file, Function<StoredSaga, Optional<String>> check) throws SQLException {
        this.connection = connection;
        this.check = check;
        this.reader = new JournalReader(connection, file, Store.NOBODY);
    }

    static StoreReport run(Connection connection, String file, Function<StoredSaga, Optional<String>> check) throws SQLException {
        JournalCheck run = new JournalCheck(connection, file, check);
        run.all();
        return new StoreReport(run.sagas, run.facts, List.copyOf(run.problems), run.problemCount);
    }

    private void all() throws SQLException {
        part("the file", this::pages);
        part("the sagas", () -> inPages(SAGAS, this::sagas));
        part("the facts", () -> inPages(ORPHANS, this::orphans));
        part("the definitions", () -> inPages(DEFINITIONS, this::definitions));
        part("the tombstones", () -> inPages(TOMBSTONES, this::tombstones));
        if (Schema.hasOutbox(connection)) {
            part("the events", () -> inPages(EVENTS, this::events));
        }
    }

    private interface Part {
        void run() throws SQLException;
    }

    /** What SQLite can't read at all is one more problem; the rest is looked at all the same. */
    private void part(String what, Part part) {
        try {
            part.run();
        } catch (SQLException e) {
            problem("SQLite can't read all of " + what + ": " + e.getMessage());
        }
    }

    private interface Page {
        /** Looks at a page; gives the key of its last row, or 0 if it has none. */
        long check(PreparedStatement select) throws SQLException;
    }

    private void inPages(String sql, Page page) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            long last = 0;
            do {
                select.setLong(1, last);
                last = inTransaction(select, page);
            } while (last != 0);
        }
    }

    private long inTransaction(PreparedStatement select, Page page) throws SQLException {
        if (Thread.currentThread().isInterrupted()) {
            throw new StoreException("The check of the journal was stopped.", null);
        }
        Sql.execute(connection, "BEGIN");
        try {
            return page.check(select);
        } finally {
            Sql.execute(connection, "ROLLBACK");
        }
    }

    /** SQLite's own check of its pages and indexes: a row that an index hides is found in no other way. */
    private void pages() throws SQLException {
        PageCheck.problems(connection, StoreReport.MOST_PROBLEMS).forEach(found -> problem("SQLite finds the file damaged: " + found));
    }

    private long sagas(PreparedStatement select) throws SQLException {
        Store.Page page = reader.page(select, PAGE);
        page.unreadable().forEach(saga -> problem(saga.correlationId(), saga.saga(), saga.why().getMessage()));
        for (StoredSaga saga : page.sagas()) {
            sagas++;
            facts += saga.turns().stream().mapToLong(turn -> turn.facts().size()).sum();
            check.apply(saga).ifPresent(what -> problem(saga.header().correlationId(), saga.header().saga(), what));
        }
        return page.last();
    }

    private long orphans(PreparedStatement select) throws SQLException {
        long last = 0;
        try (ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                last = rows.getLong(1);
                if (!rows.getBoolean(3) && rows.getLong(2) != orphaned) {
                    orphaned = rows.getLong(2);
                    problem("there are facts of a saga that is not there, number " + orphaned);
                }
            }
        }
        return last;
    }

    private long definitions(PreparedStatement select) throws SQLException {
        long last = 0;
        try (ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                last = rows.getLong(1);
                String body = SagaRow.text(rows, 2);
                if (rows.getLong(3) != DefinitionRows.checksum(body)) {
                    problem("definition " + last + " is not what was written");
                } else if (!isDefinition(body)) {
                    problem("definition " + last + " can't be read by this release");
                }
            }
        }
        return last;
    }

    private static boolean isDefinition(String body) {
        try {
            DefinitionJson.read(body);
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    private long tombstones(PreparedStatement select) throws SQLException {
        long last = 0;
        try (ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                last = rows.getLong(Tombstone.ROW_ID);
                if (Tombstone.read(rows).isEmpty()) {
                    problem(SagaRow.text(rows, 1), SagaRow.text(rows, 2), "its tombstone is not what was written");
                }
            }
        }
        return last;
    }

    private long events(PreparedStatement select) throws SQLException {
        long last = 0;
        try (ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                OutboxRow row = OutboxRow.read(rows);
                last = row.number();
                if (!row.isSound(rows)) {
                    problem("event " + last + ", which waits to be published, is not what was written");
                }
            }
        }
        return last;
    }

    private void problem(String what) {
        problem("", "", what);
    }

    private void problem(String correlationId, String saga, String what) {
        problemCount++;
        if (problems.size() < StoreReport.MOST_PROBLEMS) {
            problems.add(new Problem(correlationId, saga, what));
        }
    }
}
