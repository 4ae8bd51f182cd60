package dev.fireflytx.engine.journal;

import dev.fireflytx.core.definition.DefinitionJson;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.Store.Header;
import dev.fireflytx.engine.Store.Query;
import dev.fireflytx.engine.Store.StoredSaga;
import dev.fireflytx.engine.Store.TimedFacts;
import dev.fireflytx.engine.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads sagas and their facts, and checks every row that it reads. Not safe for several threads at once. */
final class JournalReader {
    private static final String UNFINISHED = "status IN ('RUNNING', 'COMPENSATING', 'PARKED')";

    /** Sagas with large values would fill the memory otherwise, and the same page would do so at every start. */
    private static final long MOST_CHARS_AT_ONCE = 8L << 20;

    private final String file;
    private long readChars;
    private final PreparedStatement byId;
    private final PreparedStatement unfinished;
    private final PreparedStatement list;
    private final PreparedStatement facts;
    private final PreparedStatement definition;
    private final PreparedStatement newest;
    private final PreparedStatement unfinishedCount;
    private final Map<Long, SagaDefinition> definitions = new HashMap<>();

    JournalReader(Connection connection, String file) throws SQLException {
        this.file = file;
        byId = connection.prepareStatement(SagaRow.SELECT + "WHERE correlation_id = ?");
        unfinished = connection.prepareStatement(SagaRow.SELECT
                + "WHERE " + UNFINISHED + " AND number > ? AND number <= ? ORDER BY number LIMIT ?");
        list = connection.prepareStatement(SagaRow.SELECT + "WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR saga = ?2)"
                + " AND started_ms >= ?3 AND (?4 = 0 OR number < ?4) ORDER BY number DESC LIMIT ?5");
        facts = connection.prepareStatement(FactsRow.OF_SAGA);
        definition = connection.prepareStatement("SELECT body, checksum FROM definitions WHERE id = ?");
        unfinishedCount = connection.prepareStatement("SELECT count(*) FROM sagas WHERE " + UNFINISHED);
        newest = connection.prepareStatement("SELECT coalesce(max(number), 0) FROM sagas");
    }

    Optional<Header> find(String correlationId) throws SQLException {
        byId.setString(1, correlationId);
        return rows(byId).stream().findFirst().map(SagaRow::header);
    }

    Optional<StoredSaga> load(String correlationId) throws SQLException {
        byId.setString(1, correlationId);
        List<StoredSaga> found = sagas(byId);
        return found.stream().findFirst();
    }

    List<StoredSaga> unfinished(long after, long upTo, int limit) throws SQLException {
        unfinished.setLong(1, after);
        unfinished.setLong(2, upTo);
        unfinished.setInt(3, limit);
        return sagas(unfinished);
    }

    List<Header> list(Query query) throws SQLException {
        list.setString(1, query.status().map(SagaStatus::name).orElse(null));
        list.setString(2, query.saga().orElse(null));
        list.setLong(3, query.sinceMs());
        list.setLong(4, query.before());
        list.setInt(5, query.limit());
        return rows(list).stream().map(SagaRow::header).toList();
    }

    long newest() throws SQLException {
        return number(newest);
    }

    long unfinishedCount() throws SQLException {
        return number(unfinishedCount);
    }

    private static long number(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            return rows.getLong(1);
        }
    }

    private List<SagaRow> rows(PreparedStatement select) throws SQLException {
        List<SagaRow> found = new ArrayList<>();
        try (ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                String id = rows.getString(2);
                found.add(SagaRow.read(rows).orElseThrow(() -> damaged("the row of saga " + id)));
            }
        }
        return found;
    }

    private List<StoredSaga> sagas(PreparedStatement select) throws SQLException {
        List<StoredSaga> sagas = new ArrayList<>();
        readChars = 0;
        for (SagaRow row : rows(select)) {
            sagas.add(new StoredSaga(row.header(), definition(row), turns(row.header())));
            if (readChars > MOST_CHARS_AT_ONCE) {
                break; // whoever reads page by page goes on behind the last one
            }
        }
        return sagas;
    }

    private List<TimedFacts> turns(Header saga) throws SQLException {
        facts.setLong(1, saga.number());
        List<TimedFacts> turns = new ArrayList<>();
        try (ResultSet rows = facts.executeQuery()) {
            while (rows.next()) {
                FactsRow row = FactsRow.read(rows);
                check(row.isSound(rows), saga);
                readChars += row.body().length();
                turns.add(new TimedFacts(row.atMs(), FactCodec.read(row.body())));
            }
        } catch (JsonException e) {
            throw new StoreException("The journal '" + file + "' holds something that this release can't read: saga '" + saga.saga()
                    + "' " + saga.correlationId() + ": " + e.getMessage() + ". Use the release that wrote it, or a later one.", e);
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

    private StoreException damaged(String what) {
        return new StoreException("The journal '" + file + "' is damaged: " + what
                + " is not what was written. Restore the file from a backup.");
    }
}
