package dev.fireflytx.engine.journal;

import dev.fireflytx.core.definition.DefinitionJson;
import dev.fireflytx.core.definition.SagaDefinition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/** Writes the table {@code definitions}: each definition that a saga began with, once. */
final class DefinitionRows {
    private final PreparedStatement add;
    private final PreparedStatement find;
    private final Map<SagaDefinition, Long> known = new HashMap<>();

    DefinitionRows(Connection connection) throws SQLException {
        add = connection.prepareStatement("INSERT OR IGNORE INTO definitions (body, checksum) VALUES (?, ?)");
        find = connection.prepareStatement("SELECT id FROM definitions WHERE body = ?");
    }

    /** The row's id; the row is added if it is not there. */
    long idOf(SagaDefinition definition) throws SQLException {
        Long id = known.get(definition);
        if (id == null) {
            id = added(DefinitionJson.write(definition));
            known.put(definition, id);
        }
        return id;
    }

    private long added(String body) throws SQLException {
        add.setString(1, body);
        add.setLong(2, checksum(body));
        add.executeUpdate();
        find.setString(1, body);
        try (ResultSet rows = find.executeQuery()) {
            return rows.getLong(1);
        }
    }

    static long checksum(String body) {
        return new Checksums().add(body).value();
    }

    /** A batch was rolled back, and perhaps a definition with it. */
    void forget() {
        known.clear();
    }
}
