package dev.fireflytx.engine.simulation;

import dev.fireflytx.engine.FencedException;
import dev.fireflytx.engine.simulation.SimulatedOwners.Owner;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What the thread of an engine does that watches the other owners, round by round. */
final class SimulatedWatch {
    private static final long ROUND_MS = 1_000;
    private static final long SHORT_ROUND_MS = 100;
    private static final long FROZEN_MS = 6_000;

    private final SimulatedOwners owners;
    private final SimulatedClock clock;
    private final SimulatedDisk disk;
    private final Owner me;
    private final Map<Long, Stillness> seen = new HashMap<>();
    private Set<Long> known;
    private long lastFence;
    private long lastRoundMs;
    private boolean soon;
    private boolean ended;

    /** What an owner has shown, and for how long it has shown nothing else. */
    private record Stillness(long beats, long forMs) {}

    SimulatedWatch(SimulatedOwners owners, SimulatedClock clock, SimulatedDisk disk, Owner me) {
        this.owners = owners;
        this.clock = clock;
        this.disk = disk;
        this.me = me;
        this.lastRoundMs = clock.nowMs();
        this.lastFence = disk.fence();
        this.known = others();
    }

    /** Has a round if it is time for one. */
    void look() {
        if (!ended && clock.nowMs() - lastRoundMs >= (soon ? SHORT_ROUND_MS : ROUND_MS)) {
            round();
        }
    }

    private void round() {
        me.beat();
        if (!owners.isThere(me.number(), disk.fence())) {
            ended = true;
            disk.watcher().failed(new FencedException(disk.description()));
            return;
        }
        disk.proved(clock.nowMs());
        long passedMs = Math.min(clock.nowMs() - lastRoundMs, ROUND_MS);
        lastRoundMs = clock.nowMs();
        boolean left = hasLostOne();
        for (Owner other : owners.others(me.number())) {
            left |= takeOverFrom(other, passedMs);
        }
        soon = disk.watcher().round(left, disk.unanswered());
    }

    private boolean hasLostOne() {
        Set<Long> others = others();
        long joined = others.stream().filter(other -> other > lastFence).count();
        boolean lost = !others.containsAll(known) || joined < owners.lastFence() - lastFence;
        known = others;
        lastFence = owners.lastFence();
        return lost;
    }

    private Set<Long> others() {
        return owners.others(me.number()).stream().map(Owner::number).collect(Collectors.toSet());
    }

    private boolean takeOverFrom(Owner other, long passedMs) {
        Stillness before = seen.get(other.number());
        boolean still = before != null && before.beats() == other.beats();
        seen.put(other.number(), new Stillness(other.beats(), still ? before.forMs() + passedMs : 0));
        boolean gone = other.isDead() || seen.get(other.number()).forMs() >= FROZEN_MS;
        if (gone) {
            owners.remove(other.number());
            known.remove(other.number());
        }
        return gone;
    }
}
