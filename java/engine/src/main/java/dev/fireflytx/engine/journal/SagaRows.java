package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.Store.Header;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/** Writes the table {@code sagas}, and remembers the rows of those that have not ended. */
final class SagaRows {
    private final PreparedStatement insert;
    private final PreparedStatement update;
    private final PreparedStatement select;
    private final DefinitionRows definitions;
    private final Map<String, SagaRow> open = new HashMap<>();
    private long newest;

    SagaRows(Connection connection) throws SQLException {
        insert = connection.prepareStatement(SagaRow.INSERT);
        update = connection.prepareStatement(SagaRow.UPDATE);
        select = connection.prepareStatement(SagaRow.SELECT + "WHERE correlation_id = ?");
        definitions = new DefinitionRows(connection);
        newest = Sql.number(connection, "SELECT coalesce(max(number), 0) FROM sagas");
    }

    /** Notes how an entry's saga stands after it; gives the saga's number. */
    long note(Store.Entry entry) throws SQLException {
        SagaRow row = entry.beginning().isPresent() ? begin(entry, entry.beginning().get()) : find(entry.correlationId());
        if (row.header().status() != entry.status()) {
            row = row.in(entry.status(), entry.atMs());
            row.update(update);
        }
        if (entry.status().isEnd()) {
            open.remove(entry.correlationId());
        } else {
            open.put(entry.correlationId(), row);
        }
        return row.header().number();
    }

    private SagaRow begin(Store.Entry entry, Store.Beginning beginning) throws SQLException {
        Header header = new Header(newest + 1, entry.correlationId(), beginning.definition().name(), beginning.inputHash(),
                entry.status(), entry.atMs(), entry.atMs());
        SagaRow row = new SagaRow(header, definitions.idOf(beginning.definition()));
        row.insert(insert);
        newest++;
        return row;
    }

    private SagaRow find(String correlationId) throws SQLException {
        SagaRow known = open.get(correlationId);
        if (known != null) {
            return known;
        }
        select.setString(1, correlationId);
        try (ResultSet rows = select.executeQuery()) {
            if (!rows.next()) {
                throw new SQLException("saga '" + correlationId + "' is not in it");
            }
            return SagaRow.read(rows).orElseThrow(() -> new SQLException("the row of saga '" + correlationId + "' is damaged"));
        }
    }

    /** A batch was rolled back: what was remembered of it is forgotten. */
    void forget() {
        open.clear();
        definitions.forget();
    }
}
