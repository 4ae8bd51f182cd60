package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.EngineClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;

/**
 * The time that a journal's sagas live in. It goes on where it stopped, however often the journal changes hands.
 *
 * <p>Within one boot of the machine the monotonic clock tells how long nobody owned the journal, whatever was done to the wall clock.
 * Across boots only the wall clock can tell; should it have gone back, no time has passed.
 */
final class JournalClock implements EngineClock {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final String UNKNOWN_BOOT = "";

    /** However far the wall clock was set meanwhile, sagas that have ended become no older than this while no engine runs. */
    private static final long LONGEST_REST_MS = TimeUnit.DAYS.toMillis(1);

    private final Source source;
    private long aheadMs;
    private long agedAheadMs;

    /** What the machine shows. */
    interface Source {
        /** {@return what tells this boot of the machine from others; empty if nothing does} */
        String boot();

        /** {@return milliseconds since some time before the boot's processes} */
        long monotonicMs();

        /** {@return how many milliseconds the wall clock, which counts from 1970, is ahead of that} */
        long wallAheadMs();
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
            public long wallAheadMs() {
                return (EngineClock.wallAheadNs() + 999_999) / 1_000_000; // up, since the monotonic clock's are cut off
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

    /**
     * Goes on from where the journal's last owner stopped, or with those that own it now.
     *
     * @param isAlone whether nobody has owned it meanwhile
     */
    void resume(Connection connection, boolean isAlone) throws SQLException {
        try (PreparedStatement read = connection.prepareStatement("SELECT boot, clock_ms, monotonic_ms, aged_ms FROM journal");
                ResultSet journal = read.executeQuery()) {
            long clockMs = journal.getLong(2);
            long monotonicMs = source.monotonicMs();
            long nowMs = timeAfter(journal.getString(1), clockMs, monotonicMs, monotonicMs - journal.getLong(3));
            long restMs = isAlone ? Math.min(nowMs - clockMs, LONGEST_REST_MS) : nowMs - clockMs;
            aheadMs = nowMs - monotonicMs;
            agedAheadMs = journal.getLong(4) + restMs - monotonicMs;
        }
        try (PreparedStatement note = connection.prepareStatement("UPDATE journal SET boot = ?, clock_ms = ?, monotonic_ms = ?, aged_ms = ?")) {
            note.setString(1, source.boot());
            note.setLong(2, nowMs());
            note.setLong(3, monotonicMs());
            note.setLong(4, agedMs());
            note.executeUpdate();
        }
    }

    private long timeAfter(String boot, long clockMs, long monotonicMs, long passedMs) {
        boolean sameBoot = !boot.equals(UNKNOWN_BOOT) && boot.equals(source.boot()) && passedMs >= 0;
        return sameBoot ? clockMs + passedMs : Math.max(clockMs, monotonicMs + source.wallAheadMs());
    }

    @Override
    public long nowMs() {
        return source.monotonicMs() + aheadMs;
    }

    /** The time that sagas which have ended are kept by: it counts while engines run, and at most a day for each time that none did. */
    long agedMs() {
        return source.monotonicMs() + agedAheadMs;
    }

    long monotonicMs() {
        return source.monotonicMs();
    }
}
