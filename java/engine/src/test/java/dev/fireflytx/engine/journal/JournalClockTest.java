package dev.fireflytx.engine.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fireflytx.engine.Store;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever happens to the machine's clocks, the journal's time goes on where it stopped. */
class JournalClockTest {
    private static final long DAYS_MS = 86_400_000L;
    private static final long START_MS = 1_700_000_000_000L;

    @TempDir
    private Path folder;

    private record Machine(String boot, long monotonicMs, long wallMs) implements JournalClock.Source {
        @Override
        public long wallAheadMs() {
            return wallMs - monotonicMs;
        }
    }

    @Test
    void a_new_journal_has_the_wall_clocks_time() {
        assertEquals(START_MS, openAt(new Machine("b1", 5_000, START_MS)));
    }

    @Test
    void within_a_boot_the_monotonic_clock_tells_how_long_nobody_owned_it() {
        openAt(new Machine("b1", 5_000, START_MS));

        assertEquals(START_MS + 700, openAt(new Machine("b1", 5_700, START_MS - 400 * DAYS_MS)));
        assertEquals(START_MS + 900, openAt(new Machine("b1", 5_900, START_MS + 400 * DAYS_MS)));
    }

    @Test
    void after_another_boot_the_wall_clock_tells() {
        openAt(new Machine("b1", 5_000, START_MS));

        assertEquals(START_MS + 60_000, openAt(new Machine("b2", 10, START_MS + 60_000)));
    }

    @Test
    void after_another_boot_time_never_goes_back() {
        openAt(new Machine("b1", 5_000, START_MS));

        assertEquals(START_MS, openAt(new Machine("b2", 10, START_MS - 400 * DAYS_MS)));
    }

    @Test
    void where_boots_can_t_be_told_apart_the_wall_clock_tells() {
        openAt(new Machine("", 5_000, START_MS));

        assertEquals(START_MS + 60_000, openAt(new Machine("", 6_000, START_MS + 60_000)));
    }

    private long openAt(Machine machine) {
        try (Store store = SqliteStore.open(folder.resolve("journal.db"), machine)) {
            return store.clock().nowMs();
        }
    }
}
