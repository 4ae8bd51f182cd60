package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The table {@code owners}: the engines that run sagas of a journal.
 *
 * <p>An owner has a number for as long as its steps' process lives, and a fence, which goes up whenever the engine's process is replaced. Whoever
 * takes an owner's sagas over deletes its row first; every transaction of an owner checks that its row is there.
 */
final class Owners {
    /** Holds for the connection's transaction if this owner is still there. */
    static final String IS_THERE = "EXISTS (SELECT 1 FROM owners WHERE number = ? AND fence = ?)";

    private Owners() {}

    /** One engine, under its lock. */
    record Owner(long number, long fence, OwnerLock lock) {}

    /**
     * Makes this process an owner: in the place of the one that had this number, if it is still there, or else as a new one.
     *
     * @param replaced the number of the owner whose process this one replaces, or 0
     */
    static Owner join(Connection connection, Path journal, long replaced) throws SQLException, IOException {
        Optional<OwnerLock> place = replaced == 0 ? Optional.empty() : OwnerLock.claim(journal, replaced);
        try {
            return place.isPresent() && isThere(connection, replaced)
                    ? replace(connection, replaced, place.get())
                    : add(connection, journal);
        } catch (SQLException | IOException | RuntimeException e) {
            place.ifPresent(OwnerLock::close);
            throw e;
        }
    }

    static boolean isThere(Connection connection, long number) throws SQLException {
        return Sql.number(connection, "SELECT count(*) FROM owners WHERE number = " + number) == 1;
    }

    private static Owner replace(Connection connection, long number, OwnerLock lock) throws SQLException {
        long fence = nextFence(connection);
        Sql.execute(connection, "UPDATE owners SET fence = " + fence + " WHERE number = " + number);
        return new Owner(number, fence, lock);
    }

    private static Owner add(Connection connection, Path journal) throws SQLException, IOException {
        long fence = nextFence(connection);
        OwnerLock lock = OwnerLock.claim(journal, fence)
                .orElseThrow(() -> new IOException("the lock of a new owner is held by somebody else"));
        Sql.execute(connection, "INSERT INTO owners VALUES (" + fence + ", " + fence + ")");
        return new Owner(fence, fence, lock);
    }

    private static long nextFence(Connection connection) throws SQLException {
        Sql.execute(connection, "UPDATE journal SET last_fence = last_fence + 1");
        return lastFence(connection);
    }

    /** {@return the fence of the owner that joined last} */
    static long lastFence(Connection connection) throws SQLException {
        return Sql.number(connection, "SELECT last_fence FROM journal");
    }

    /** Removes the owners whose processes are gone; whether no other is left but the one that is to be replaced. */
    static boolean removeDead(Connection connection, Path journal, long replaced) throws SQLException, IOException {
        boolean isAlone = true;
        for (long other : others(connection, replaced)) {
            Optional<OwnerLock> dead = OwnerLock.seize(journal, other);
            isAlone &= dead.isPresent();
            if (dead.isPresent()) {
                try (OwnerLock lock = dead.get()) {
                    remove(connection, other);
                    lock.delete();
                }
            }
        }
        return isAlone;
    }

    /** {@return the numbers of all owners but this one} */
    static List<Long> others(Connection connection, long number) throws SQLException {
        List<Long> others = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT number FROM owners WHERE number <> ?")) {
            select.setLong(1, number);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    others.add(rows.getLong(1));
                }
            }
        }
        return others;
    }

    /** Whether one of the owners has a process that lives. */
    static boolean isAnyAlive(Connection connection, Path journal) throws SQLException {
        return others(connection, Store.NOBODY).stream().anyMatch(number -> OwnerLock.isHeld(journal, number));
    }

    static boolean isThere(Connection connection, Owner owner) throws SQLException {
        return Sql.number(connection, "SELECT count(*) FROM owners WHERE number = " + owner.number() + " AND fence = " + owner.fence()) == 1;
    }

    /**
     * The same, in a transaction of its own that has begun, and ends here. Nobody is about to end the owner meanwhile: whoever does looks at its
     * signs of life in such a transaction, too, and so sees the one that was shown before this began.
     */
    static boolean isThereForSure(Connection connection, Owner owner) throws SQLException {
        try {
            return isThere(connection, owner);
        } finally {
            Sql.execute(connection, "COMMIT");
        }
    }

    /** Ends an owner: from now on it can write nothing, and its sagas are anybody's. */
    static void remove(Connection connection, long number) throws SQLException {
        Sql.execute(connection, "DELETE FROM owners WHERE number = " + number);
    }
}
