package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.EngineClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * The time that a journal's sagas live in. It goes on where it stopped, however often the journal changes hands.
 *
 * <p>Within one boot of the machine the monotonic clock tells how long nobody owned the journal, whatever was done to the wall clock.
 * Across boots only the wall clock can tell; should it have gone back, no time has passed.
 */
final class JournalClock implements EngineClock {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final String UNKNOWN_BOOT = "";

    private final Source source;
    private long aheadMs;

    /** What the machine shows. */
    interface Source {
        /** {@return what tells this boot of the machine from others; empty if nothing does} */
        String boot();

        /** {@return milliseconds since some time before the boot's processes} */
        long monotonicMs();

        /** {@return milliseconds since 1970} */
        long wallMs();
    }

    JournalClock(Source source) {
        this.source = source;
    }

    /** The machine's own clocks. */
    static Source system() {
        String boot = bootId();
        return new Source() {
            @Override
            public String boot() {
                return boot;
            }

            @Override
            public long monotonicMs() {
                return System.nanoTime() / 1_000_000;
            }

            @Override
            public long wallMs() {
                return System.currentTimeMillis();
            }
        };
    }

    private static String bootId() {
        try {
            return Files.readString(BOOT_ID).strip();
        } catch (IOException e) {
            return UNKNOWN_BOOT; // not Linux: the wall clock has to do
        }
    }

    /** Goes on from where the journal's last owner stopped, and makes this process the next one, under a higher fence. */
    void takeOver(Connection connection) throws SQLException {
        try (PreparedStatement read = connection.prepareStatement("SELECT boot, clock_ms, monotonic_ms FROM owner");
                ResultSet owner = read.executeQuery()) {
            aheadMs = timeAfter(owner.getString(1), owner.getLong(2), owner.getLong(3)) - source.monotonicMs();
        }
        try (PreparedStatement take = connection.prepareStatement(
                "UPDATE owner SET fence = fence + 1, boot = ?, clock_ms = ?, monotonic_ms = ?")) {
            take.setString(1, source.boot());
            take.setLong(2, nowMs());
            take.setLong(3, source.monotonicMs());
            take.executeUpdate();
        }
    }

    private long timeAfter(String boot, long clockMs, long monotonicMs) {
        long passedMs = source.monotonicMs() - monotonicMs;
        boolean sameBoot = !boot.equals(UNKNOWN_BOOT) && boot.equals(source.boot()) && passedMs >= 0;
        return sameBoot ? clockMs + passedMs : Math.max(clockMs, source.wallMs());
    }

    @Override
    public long nowMs() {
        return source.monotonicMs() + aheadMs;
    }

    long monotonicMs() {
        return source.monotonicMs();
    }
}
