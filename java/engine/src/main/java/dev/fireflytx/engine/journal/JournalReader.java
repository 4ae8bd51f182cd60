package dev.fireflytx.engine.journal;

import dev.fireflytx.core.definition.DefinitionJson;
import dev.fireflytx.core.definition.InvalidDefinitionException;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonStrings;
import dev.fireflytx.core.json.JsonWriter;
import dev.fireflytx.engine.RefusedException;
import dev.fireflytx.engine.RefusedException.Code;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.Store.Header;
import dev.fireflytx.engine.Store.Page;
import dev.fireflytx.engine.Store.Query;
import dev.fireflytx.engine.Store.StoredSaga;
import dev.fireflytx.engine.Store.TimedFacts;
import dev.fireflytx.engine.Store.Unreadable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads sagas and their facts, and checks every row that it reads: a saga that is not what was written is refused by name. Not safe for several threads at once. */
final class JournalReader {
    private static final String UNFINISHED = "status IN ('RUNNING', 'COMPENSATING', 'PARKED')";

    /** Nobody runs them: they are this engine's since before it started, or their owner is gone. */
    private static final String LEFT = UNFINISHED + " AND (owner = ?1 AND number <= ?2 OR owner NOT IN (SELECT number FROM owners))";

    /** Sagas with large values would fill the memory otherwise, and the same page would do so at every start. */
    private static final long MOST_CHARS_AT_ONCE = 8L << 20;

    private final String file;
    private long readChars;
    private long readRows;
    private final PreparedStatement byId;
    private final PreparedStatement buried;
    private final PreparedStatement left;
    private final PreparedStatement list;
    private final PreparedStatement facts;
    private final PreparedStatement definition;
    private final PreparedStatement newest;
    private final PreparedStatement leftCount;
    private final PreparedStatement turns;
    private final PreparedStatement counts;
    private final long owner;
    private final Map<Long, SagaDefinition> definitions = new HashMap<>();

    JournalReader(Connection connection, String file, long owner) throws SQLException {
        this.file = file;
        this.owner = owner;
        byId = connection.prepareStatement(SagaRow.SELECT + "WHERE correlation_id = ?");
        buried = connection.prepareStatement(Tombstone.SELECT + "WHERE correlation_id = ?");
        left = connection.prepareStatement(SagaRow.SELECT + "WHERE " + LEFT
                + " AND number > ?3 AND saga IN (SELECT value FROM json_each(?4)) ORDER BY number LIMIT ?5");
        list = connection.prepareStatement(SagaRow.SELECT + "WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR saga = ?2)"
                + " AND started_ms >= ?3 AND (?4 = 0 OR number < ?4) ORDER BY number DESC");
        facts = connection.prepareStatement(FactsRow.OF_SAGA);
        definition = connection.prepareStatement("SELECT body, checksum FROM definitions WHERE id = ?");
        leftCount = connection.prepareStatement("SELECT count(*) FROM sagas WHERE " + LEFT);
        newest = connection.prepareStatement(SagaRow.NEWEST);
        turns = connection.prepareStatement("SELECT ordinal FROM facts WHERE saga = (SELECT number FROM sagas WHERE correlation_id = ?)"
                + " ORDER BY turn DESC LIMIT 1");
        counts = SagaCounts.prepare(connection);
    }

    Optional<Header> find(String correlationId) throws SQLException {
        Optional<Header> kept = row(correlationId).map(SagaRow::header);
        return kept.isPresent() ? kept : buried(correlationId); // in this order: a saga may be buried between the two
    }

    private Optional<SagaRow> row(String correlationId) throws SQLException {
        byId.setString(1, correlationId);
        try (ResultSet rows = byId.executeQuery()) {
            return rows.next() ? Optional.of(row(rows)) : Optional.empty();
        }
    }

    private Optional<Header> buried(String correlationId) throws SQLException {
        buried.setString(1, correlationId);
        try (ResultSet rows = buried.executeQuery()) {
            return rows.next()
                    ? Optional.of(Tombstone.read(rows).orElseThrow(() -> damaged("the tombstone of saga " + correlationId)).header())
                    : Optional.empty();
        }
    }

    Optional<StoredSaga> load(String correlationId) throws SQLException {
        Optional<SagaRow> row = row(correlationId);
        return row.isPresent() ? Optional.of(saga(row.get())) : Optional.empty();
    }

    Page left(Set<String> sagas, long after, long upTo, int limit) throws SQLException {
        left.setLong(1, owner);
        left.setLong(2, upTo);
        left.setLong(3, after);
        left.setString(4, JsonWriter.array(sagas.stream().map(JsonStrings::quote).toList()));
        left.setInt(5, limit);
        return page(left, Long.MAX_VALUE);
    }

    /** The sagas that a statement selects, with those that can't be read; fewer of them if they are large, or have more rows than this. */
    Page page(PreparedStatement select, long mostRows) throws SQLException {
        List<StoredSaga> sagas = new ArrayList<>();
        List<Unreadable> unreadable = new ArrayList<>();
        long last = 0;
        readChars = 0;
        readRows = 0;
        try (ResultSet rows = select.executeQuery()) {
            while (readChars <= MOST_CHARS_AT_ONCE && readRows < mostRows && rows.next()) {
                last = rows.getLong(1);
                try {
                    sagas.add(saga(row(rows)));
                } catch (RefusedException e) {
                    unreadable.add(new Unreadable(SagaRow.text(rows, 2), SagaRow.text(rows, 3), e));
                }
            }
        }
        return new Page(sagas, unreadable, last);
    }

    /** One whose row is damaged is left out: it must not hide the others. */
    List<Header> list(Query query) throws SQLException {
        list.setString(1, query.status().map(SagaStatus::name).orElse(null));
        list.setString(2, query.saga().orElse(null));
        list.setLong(3, query.sinceMs());
        list.setLong(4, query.before());
        List<Header> found = new ArrayList<>();
        try (ResultSet rows = list.executeQuery()) {
            while (found.size() < query.limit() && rows.next()) {
                SagaRow.read(rows).map(SagaRow::header).ifPresent(found::add);
            }
        }
        return found;
    }

    long newest() throws SQLException {
        return number(newest);
    }

    long leftCount(long upTo) throws SQLException {
        leftCount.setLong(1, owner);
        leftCount.setLong(2, upTo);
        return number(leftCount);
    }

    long turns(String correlationId) throws SQLException {
        turns.setString(1, correlationId);
        try (ResultSet rows = turns.executeQuery()) {
            return rows.next() ? rows.getLong(1) : 0;
        }
    }

    SagaCounts count(long after, long nowMs) throws SQLException {
        return SagaCounts.read(counts, after, nowMs);
    }

    private static long number(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            return rows.getLong(1);
        }
    }

    private SagaRow row(ResultSet rows) throws SQLException {
        String id = SagaRow.text(rows, 2);
        return SagaRow.read(rows).orElseThrow(() -> damaged("the row of saga " + id));
    }

    private StoredSaga saga(SagaRow row) throws SQLException {
        try {
            return new StoredSaga(row.header(), definition(row), turns(row.header()));
        } catch (JsonException | InvalidDefinitionException e) {
            throw new RefusedException(Code.UNREADABLE, "The journal '" + file + "' holds something that this release can't read: saga '"
                    + row.header().saga() + "' " + row.header().correlationId() + ": " + e.getMessage()
                    + ". Use the release that wrote it, or a later one.");
        }
    }

    private List<TimedFacts> turns(Header saga) throws SQLException {
        facts.setLong(1, saga.number());
        List<TimedFacts> turns = new ArrayList<>();
        try (ResultSet rows = facts.executeQuery()) {
            while (rows.next()) {
                FactsRow row = FactsRow.read(rows);
                check(row.isSound(rows) && row.ordinal() == turns.size() + 1, saga);
                readChars += row.body().length();
                readRows++;
                turns.add(new TimedFacts(row.atMs(), FactCodec.read(row.body())));
            }
        }
        return turns;
    }

    private SagaDefinition definition(SagaRow saga) throws SQLException {
        SagaDefinition known = definitions.get(saga.definition());
        if (known != null) {
            return known;
        }
        definition.setLong(1, saga.definition());
        try (ResultSet rows = definition.executeQuery()) {
            check(rows.next() && rows.getLong(2) == DefinitionRows.checksum(rows.getString(1)), saga.header());
            SagaDefinition read = DefinitionJson.read(rows.getString(1));
            definitions.put(saga.definition(), read);
            return read;
        }
    }

    private void check(boolean sound, Header saga) {
        if (!sound) {
            throw damaged("a row of saga '" + saga.saga() + "' " + saga.correlationId());
        }
    }

    private RefusedException damaged(String what) {
        return new RefusedException(Code.UNREADABLE, "The journal '" + file + "' is damaged: " + what
                + " is not what was written. Restore the file from a backup.");
    }
}
