package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.FencedException;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Shows the other owners of a journal that this one is not frozen, and takes over from those that are dead or frozen; on a thread of its own.
 *
 * <p>Nothing here compares wall clocks. An owner is dead when nobody holds its lock. It is frozen when its file has not changed for
 * {@value #FROZEN_MS} ms of this process's time; of a pause in which this process stood still itself, one round counts.
 */
final class OwnerWatch implements AutoCloseable {
    private static final long ROUND_MS = 1_000;
    private static final long SHORT_ROUND_MS = 100;
    private static final int FIRST_ROUNDS = 30;
    private static final long FROZEN_MS = 6_000;
    private static final int MOST_VAIN_ROUNDS = 5;

    private final Connection connection;
    private final Path journal;
    private final Owners.Owner owner;
    private final Object identity;
    private final Map<Long, Stillness> seen = new HashMap<>();
    private final Thread thread = Daemon.of(this::run, "fireflytx-owners");
    private volatile Store.Watcher watcher = new Store.Watcher() {};
    private volatile long provedMs;
    private int rounds;
    private int vainRounds;
    private long lastRoundMs;
    private long lastFence;
    private Set<Long> known;

    /** What an owner's file said, and for how long it has said so. */
    private record Stillness(OwnerLock.Sign sign, long forMs) {}

    OwnerWatch(Connection connection, Path journal, Owners.Owner owner) throws IOException, SQLException {
        this.identity = JournalFile.identity(journal);
        this.connection = connection;
        this.journal = journal;
        this.owner = owner;
        this.provedMs = nowMs();
        this.lastRoundMs = provedMs;
        this.lastFence = owner.fence();
        this.known = new HashSet<>(Owners.others(connection, owner.number()));
    }

    void start() {
        thread.start();
    }

    /** Tells the engine of something else that makes it stop. */
    void fail(RuntimeException why) {
        watcher.failed(why);
    }

    void report(Store.Watcher to) {
        watcher = to;
    }

    /** The machine's monotonic clock. */
    static long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /** When it was last seen, by the machine's monotonic clock, that nobody had taken over from this owner. */
    long provedMs() {
        return provedMs;
    }

    /** It was an owner still after it had shown, at this time or later, that it is not frozen. */
    void proved(long atMs) {
        provedMs = Math.max(provedMs, atMs);
    }

    private void run() {
        boolean soon = false;
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.sleep(soon || rounds < FIRST_ROUNDS ? SHORT_ROUND_MS : ROUND_MS);
                soon = round();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            watcher.failed(e);
        } catch (IOException | SQLException e) {
            watcher.failed(new StoreException("The owners of the journal '" + journal + "' can't be looked at: " + Reason.of(e) + ".", e));
        }
    }

    private boolean round() throws IOException, SQLException {
        rounds++;
        if (!JournalFile.identity(journal).equals(identity)) {
            throw new StoreException("The journal '" + journal + "' has been deleted or replaced while an engine was running on it."
                    + " Nothing more is acknowledged. Restore the file that was there.");
        }
        long nowMs = nowMs(); // before the beat, which keeps others away from then on
        owner.lock().beat();
        boolean isSure = WriteLock.tryBegin(connection);
        if (!(isSure ? Owners.isThereForSure(connection, owner) : Owners.isThere(connection, owner))) {
            throw new FencedException("sqlite:" + journal);
        }
        if (isSure) {
            proved(nowMs);
        }
        long passedMs = Math.min(nowMs - lastRoundMs, ROUND_MS);
        lastRoundMs = nowMs;
        long fence = Owners.lastFence(connection); // first: whoever joins from now on is a matter of the next round
        Set<Long> others = new HashSet<>(Owners.others(connection, owner.number()));
        seen.keySet().retainAll(others);
        boolean left = hasLostOne(fence, others);
        for (long other : List.copyOf(others)) {
            left |= takeOverFrom(other, passedMs);
        }
        return watcher.round(left, RequestRows.unanswered(connection, owner.number()));
    }

    /** Whether an owner has gone since the last round that was not taken over from here: it has closed the journal, or yet another one was quicker. */
    private boolean hasLostOne(long fence, Set<Long> others) {
        long joined = others.stream().filter(other -> other > lastFence).count();
        boolean lost = !others.containsAll(known) || joined < fence - lastFence;
        known = others;
        lastFence = fence;
        return lost;
    }

    private boolean takeOverFrom(long other, long passedMs) throws IOException, SQLException {
        Optional<OwnerLock> dead = OwnerLock.seize(journal, other);
        if (dead.isPresent()) {
            return remove(other, dead.get());
        }
        Optional<OwnerLock.Sign> sign = OwnerLock.read(journal, other);
        if (sign.isEmpty()) {
            return false;
        }
        Stillness before = seen.get(other);
        boolean still = before != null && before.sign().equals(sign.get());
        Stillness now = new Stillness(sign.get(), still ? before.forMs() + passedMs : 0);
        seen.put(other, now);
        return now.forMs() >= FROZEN_MS && fence(other, now.sign());
    }

    private boolean remove(long other, OwnerLock dead) throws IOException, SQLException {
        try (dead) {
            if (!isBegun("dead")) {
                return false;
            }
            end(other);
            dead.delete();
            return true;
        }
    }

    private boolean fence(long other, OwnerLock.Sign sign) throws IOException, SQLException {
        if (!isBegun("frozen, process " + sign.process())) {
            return false;
        }
        if (!OwnerLock.read(journal, other).equals(Optional.of(sign))) {
            Sql.execute(connection, "ROLLBACK"); // it has just gone on
            return false;
        }
        end(other);
        System.getLogger("dev.fireflytx.engine").log(Level.WARNING, "The engine of process " + sign.process() + " has stood still for "
                + FROZEN_MS / ROUND_MS + " s; its sagas in '" + journal + "' are taken over.");
        return true;
    }

    /** False while somebody else writes: then the next round tries again. A frozen owner that holds the lock on writing keeps it. */
    private boolean isBegun(String what) throws SQLException {
        boolean begun = WriteLock.tryBegin(connection);
        vainRounds = begun ? 0 : vainRounds + 1;
        if (vainRounds == MOST_VAIN_ROUNDS) {
            System.getLogger("dev.fireflytx.engine").log(Level.WARNING, "An engine of the journal '" + journal + "' is " + what
                    + ". Its sagas can't be taken over now: " + WriteLock.holder(journal) + " holds the write lock.");
        }
        return begun;
    }

    private void end(long other) throws SQLException {
        Owners.remove(connection, other);
        Sql.execute(connection, "COMMIT");
        known.remove(other);
    }

    @Override
    public void close() {
        Daemon.end(thread);
    }
}
