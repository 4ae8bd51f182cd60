package dev.fireflytx.engine.simulation;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/** The owners of the journal, and what the machine shows of their processes: which of them live, and how often they said so. */
final class SimulatedOwners {
    private final Map<Long, Owner> owners = new TreeMap<>();
    private final LongConsumer removed;
    private long lastFence;

    /** An owner's row and its lock file. */
    static final class Owner {
        private final long number;
        private long fence;
        private boolean engineLives = true;
        private boolean workerLives = true;
        private long beats;

        private Owner(long number) {
            this.number = number;
        }

        long number() {
            return number;
        }

        long beats() {
            return beats;
        }

        boolean isDead() {
            return !engineLives && !workerLives;
        }

        void beat() {
            beats++;
        }

        void engineDies() {
            engineLives = false;
        }

        void bothDie() {
            engineLives = false;
            workerLives = false;
        }
    }

    /** The parameter hears of every owner that ends. */
    SimulatedOwners(LongConsumer removed) {
        this.removed = removed;
    }

    /** Makes a process an owner, in the place of the one that had this number if that is still there; 0 for a new one. */
    Owner join(long replaced) {
        others(replaced).stream().filter(Owner::isDead).forEach(dead -> remove(dead.number()));
        long next = ++lastFence;
        Owner owner = owners.computeIfAbsent(isThere(replaced) ? replaced : next, Owner::new);
        owner.fence = next;
        owner.engineLives = true;
        owner.beat();
        return owner;
    }

    boolean isThere(long number) {
        return owners.containsKey(number);
    }

    boolean isThere(long number, long fence) {
        return isThere(number) && owners.get(number).fence == fence;
    }

    long fence(long number) {
        return owners.get(number).fence;
    }

    /** {@return the fence of the owner that joined last} */
    long lastFence() {
        return lastFence;
    }

    List<Owner> others(long number) {
        return owners.values().stream().filter(owner -> owner.number != number).toList();
    }

    /** Ends an owner: from now on it can write nothing, and its sagas are anybody's. */
    void remove(long number) {
        owners.remove(number);
        removed.accept(number);
    }
}
