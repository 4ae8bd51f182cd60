package dev.fireflytx.engine.simulation;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.engine.EngineListener;
import dev.fireflytx.engine.EngineLog;
import dev.fireflytx.engine.HandEngine;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.simulation.SimulatedDisk.Fault;
import dev.fireflytx.engine.simulation.SimulatedDisk.Shared;
import dev.fireflytx.engine.simulation.SimulatedOwners.Owner;
import java.lang.System.Logger.Level;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** One program that uses the journal: an engine's process and the process that runs its steps, each of which ends and stands still at times. */
final class Program {
    private static final List<String> FAILURES = List.of("simulated crash", "simulated: the disk has failed", "it has to join again.");

    private static final int MOST_TURNS_AT_ONCE = 1_000;

    private final String name;
    private final World world;
    private final Consumer<Program> edge;
    private final SimulatedWorker worker;
    private final Set<SagaDefinition> registered = new LinkedHashSet<>();
    private SimulatedDisk disk;
    private HandEngine engine;
    private SimulatedWatch watch;
    private Owner owner;
    private boolean isUp;
    private long opensAtMs;
    private boolean isGone;
    private long frozenSinceMs;
    private long watchesFromMs;
    private Frozen frozen = Frozen.NOTHING;

    /** What all programs share. */
    record World(Dice dice, SimulatedClock clock, Shared shared, EffectLog log, List<SagaDefinition> definitions, List<String> story) {}

    /** What stands still. */
    enum Frozen {
        /** Nothing. */
        NOTHING,
        /** The engine's process; steps go on. */
        ENGINE,
        /** Both processes; what steps have asked others to do goes on. */
        BOTH,
        /** Both processes, and whatever their steps do. */
        ALL
    }

    /** {@code edge} is called where other programs may get a turn in the middle of one of this program's. */
    Program(String name, World world, Consumer<Program> edge) {
        this.name = name;
        this.world = world;
        this.edge = edge;
        this.worker = new SimulatedWorker(world.dice(), world.clock(), world.log(), () -> edge.accept(this));
    }

    /** As a session begins: definitions, what the worker still holds, then recovery. */
    void open() {
        long replaced = owner == null || owner.isDead() ? Store.NOBODY : owner.number();
        owner = world.shared().owners().join(replaced);
        tell("open as owner " + owner.number());
        disk = new SimulatedDisk(world.shared(), world.clock(), owner, () -> edge.accept(this));
        engine = new HandEngine(disk, world.clock(), worker, world.dice()::fraction, new Listener());
        watch = new SimulatedWatch(world.shared().owners(), world.clock(), disk, owner);
        isUp = true;
        worker.serve(engine, disk);
        engine.pause();
        registered.forEach(engine::register);
        worker.tellAgain();
        engine.adopt(worker.running());
        if (owner.number() != replaced) {
            worker.giveUp();
        }
        registerSome(world.dice().chance(90) ? 100 : 50);
    }

    private void registerSome(int percent) {
        for (SagaDefinition definition : world.definitions()) {
            if (world.dice().chance(percent) && registered.add(definition)) {
                engine.register(definition);
            }
        }
    }

    /** Has what is due done: by the steps, by the watch over the others, and by the engine in one turn; false if it had nothing to do. */
    boolean turn() {
        if (frozen == Frozen.NOTHING || frozen == Frozen.ENGINE) {
            worker.work();
        }
        if (!mayRun()) {
            return false;
        }
        boolean watchesFirst = world.dice().chance(50);
        watchIf(watchesFirst);
        boolean busy = engine.runTurn();
        watchIf(!watchesFirst);
        return busy;
    }

    private void watchIf(boolean its) {
        if (its && mayRun() && world.clock().nowMs() >= watchesFromMs) {
            watch.look();
        }
    }

    /** Has turns until there is nothing left to do. */
    void drain() {
        int turns = 0;
        while (turn()) {
            Violation.unless(++turns < MOST_TURNS_AT_ONCE, "busy without end", name);
        }
    }

    /** Whether its engine is there, and does not stand still. */
    boolean mayRun() {
        return isUp && frozen == Frozen.NOTHING;
    }

    boolean isFrozen() {
        return frozen != Frozen.NOTHING;
    }

    /** Whether this is its engine, and has not ended. */
    boolean isServedBy(HandEngine by) {
        return isUp && by == engine;
    }

    /** Whether this engine may still say something to those who ask. */
    boolean maySpeak(HandEngine by) {
        return isServedBy(by) && mayRun() && !disk.isBroken();
    }

    void freeze() {
        frozen = world.dice().oneOf(Frozen.ENGINE, Frozen.BOTH, Frozen.ALL);
        frozenSinceMs = world.clock().nowMs();
        tell("stands still: " + frozen);
    }

    /** The thread hangs that watches the others, and shows them that this engine is not frozen. */
    void hangWatch(int ms) {
        watchesFromMs = world.clock().nowMs() + ms;
    }

    void goOn() {
        if (frozen == Frozen.ALL) {
            worker.stoodStill(world.clock().nowMs() - frozenSinceMs);
        }
        frozen = Frozen.NOTHING;
        tell("goes on");
    }

    /** Its engine ends, and with {@code both} the process of its steps too. */
    void crash(boolean both) {
        tell("crash of " + (both ? "both" : "the engine"));
        if (both) {
            worker.die();
            registered.clear();
            owner.bothDie();
        }
        ended();
    }

    private void ended() {
        isUp = false;
        frozen = Frozen.NOTHING;
        owner.engineDies();
        worker.lose();
        opensAtMs = world.clock().nowMs() + (world.dice().chance(80) ? world.dice().between(0, 500) : world.dice().between(0, 50_000));
    }

    /** Both processes end for good: they are killed, or close what they opened. */
    void leave() {
        crash(true);
        isGone = true;
        if (world.dice().chance(50)) {
            world.shared().owners().remove(owner.number());
        }
        tell("is never started again");
    }

    /** Opens it again if it is time to. */
    void reopenIfDue() {
        if (!isUp && !isGone && world.clock().nowMs() >= opensAtMs) {
            open();
        }
    }

    /** When it opens again; {@code Long.MAX_VALUE} if it is open. */
    long opensAtMs() {
        return isUp ? Long.MAX_VALUE : opensAtMs;
    }

    /** Another process runs the steps. */
    void replaceWorker() {
        tell("another worker");
        engine.pause();
        drain();
        if (mayRun()) {
            worker.die();
            engine.adopt(worker.running());
        }
    }

    void breakAfter(int transactions, Fault how) {
        disk.breakAfter(transactions, how);
    }

    /** From now on nothing goes wrong here, and all that is missing comes. */
    void calmDown() {
        if (isGone) {
            return;
        }
        if (isFrozen()) {
            goOn();
        }
        watchesFromMs = 0;
        disk.breakAfter(0, Fault.NONE);
        worker.calmDown();
        opensAtMs = Math.min(opensAtMs, world.clock().nowMs());
        reopenIfDue();
        registerSome(100);
    }

    boolean isAtRest() {
        return isGone || mayRun() && worker.isIdle();
    }

    SimulatedWorker worker() {
        return worker;
    }

    HandEngine engine() {
        return engine;
    }

    boolean knows(SagaDefinition saga) {
        return registered.contains(saga);
    }

    void tell(String what) {
        world.story().add(world.clock().nowMs() + " " + name + " " + what);
    }

    /** Sees every defect of the engine's; expected ones alone may be there. */
    private final class Listener implements EngineListener {
        private final long me = owner.number();

        @Override
        public void onLog(EngineLog entry) {
            tell(entry.toString());
            if (entry.message().startsWith("the engine has failed")) {
                ended();
                Violation.unless(FAILURES.stream().anyMatch(entry.message()::endsWith), "a defect", entry);
            } else {
                Violation.unless(world.shared().journal().find(entry.correlationId()).orElseThrow().owners().contains(me),
                        name + " tells of a saga that it has never run", entry);
            }
        }

        @Override
        public boolean isLogging(Level level) {
            return level.getSeverity() >= Level.DEBUG.getSeverity();
        }
    }
}
