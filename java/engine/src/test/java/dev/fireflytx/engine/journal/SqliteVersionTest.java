package dev.fireflytx.engine.journal;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fireflytx.engine.StoreException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqliteVersionTest {
    @Test
    void an_old_driver_that_a_framework_brings_is_refused_with_the_way_out() {
        StoreException refused = assertThrows(StoreException.class, () -> JournalDatabase.checkVersion("3.49.1"));

        assertEquals("The SQLite library is 3.49.1; a journal needs 3.51.3 or newer. If a framework's build manages versions, name a newer "
                + "org.xerial:sqlite-jdbc there (Spring Boot: the property sqlite-jdbc.version).", refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"3.51.3", "3.52.0", "4.0.0"})
    void newer_ones_will_do(String version) {
        assertDoesNotThrow(() -> JournalDatabase.checkVersion(version));
    }
}
