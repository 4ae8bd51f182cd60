package dev.fireflytx.engine.simulation;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.engine.EngineListener;
import dev.fireflytx.engine.EngineLog;
import dev.fireflytx.engine.HandEngine;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.StartRequest;
import dev.fireflytx.engine.simulation.SimulatedDisk.Fault;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** One run: sagas, a worker and an engine that crash, a disk that fails, and time that jumps; all from one seed. */
final class Simulation {
    private static final int EVENTS = 120;
    private static final int MOST_SAGAS = 4;
    private static final int TURNS_TO_REST = 3_000;
    private static final long PAUSE_MS = 1_000;
    private static final List<String> FAILURES = List.of("simulated crash", "simulated: the disk has failed");

    private final Dice dice;
    private final SimulatedClock clock = new SimulatedClock();
    private final Journal journal = new Journal();
    private final EffectLog log = new EffectLog(journal, clock);
    private final SimulatedWorker worker;
    private final List<SagaDefinition> definitions;
    private final Set<String> asked = new LinkedHashSet<>();
    private final Set<String> acknowledged = new HashSet<>();
    private final List<String> story = new ArrayList<>();
    private final List<Violation> heard = new ArrayList<>();
    private SimulatedDisk disk;
    private HandEngine engine;
    private boolean down;
    private long fence;

    private Simulation(long seed) {
        dice = new Dice(seed);
        worker = new SimulatedWorker(dice, clock, log);
        RandomSagas sagas = new RandomSagas(dice);
        definitions = Stream.of("red", "blue").map(sagas::saga).toList();
    }

    /**
     * Runs once.
     *
     * @return how each saga stood in the end
     * @throws AssertionError with the story, if a promise was broken
     */
    static Collection<SagaStatus> run(long seed) {
        Simulation simulation = new Simulation(seed);
        try {
            simulation.play();
            return simulation.journal.statuses();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + ": " + e + "\n  " + String.join("\n  ", simulation.story), e);
        }
    }

    private void play() {
        open();
        for (int event = 0; event < EVENTS; event++) {
            happen(dice.between(0, 99));
            recoverIfDown();
        }
        comeToRest();
        Violation.unless(journal.ids().containsAll(acknowledged), "an acknowledged start is lost", acknowledged);
        journal.ids().forEach(log::checkEnd);
    }

    private void happen(int choice) {
        if (choice < 35) {
            turn();
        } else if (choice < 60) {
            pass(dice.between(0, 200));
        } else if (choice < 66) {
            pass(dice.between(200, 6_000));
        } else if (choice < 68) {
            pass(dice.between(6_000, 100_000));
        } else if (choice < 71) {
            worker.growOrShrink();
        } else if (choice < 82) {
            start();
        } else if (choice < 85) {
            cancel();
        } else if (choice < 90) {
            disk.breakAfter(dice.between(0, 3), dice.oneOf(Fault.LOST, Fault.KEPT, Fault.CRASH_BEFORE, Fault.CRASH_AFTER));
        } else if (choice < 93) {
            worker.crashAtStart(dice.between(0, 2));
        } else if (choice < 96) {
            crash(false);
        } else if (choice < 98) {
            crash(true);
        } else {
            replaceWorker();
        }
    }

    private boolean turn() {
        worker.work();
        boolean busy = engine.runTurn();
        if (!heard.isEmpty()) {
            throw heard.get(0);
        }
        return busy;
    }

    private void pass(long ms) {
        clock.pass(ms);
        turn();
    }

    private void start() {
        boolean again = !asked.isEmpty() && (asked.size() == MOST_SAGAS || dice.chance(30));
        String id = again ? dice.pick(List.copyOf(asked)) : "saga-" + asked.size();
        asked.add(id);
        SagaDefinition saga = definitions.get(Math.floorMod(id.hashCode(), definitions.size()));
        story.add(clock.nowMs() + " start " + id + " as " + saga.name());
        HandEngine by = engine;
        hear(by.start(new StartRequest(saga.name(), id, inputOf(id))), started -> {
            checkMaySpeak(by, "acknowledged " + id);
            Violation.unless(journal.ids().contains(id), "acknowledged before it was durable", id);
            acknowledged.add(id);
        });
        hear(by.result(id), ended -> {
            checkMaySpeak(by, "told the end of " + id);
            Violation.unless(journal.hasBeen(id, ended.status()), "told " + ended.status() + " before it was durable", id);
        });
    }

    /** Some inputs are so large that a saga which waits leaves them to the disk. */
    private static String inputOf(String id) {
        return "{\"n\":1.10,\"text\":\"" + "x".repeat(id.endsWith("1") ? 2_000 : 0) + "\"}";
    }

    /** A future keeps what its listeners throw to itself, so that goes another way. */
    private <T> void hear(CompletableFuture<T> answer, Consumer<T> check) {
        answer.thenAccept(value -> {
            try {
                check.accept(value);
            } catch (Violation e) {
                heard.add(e);
            }
        });
    }

    private void checkMaySpeak(HandEngine by, String what) {
        Violation.unless(by == engine && !disk.isBroken(), "after a failed write it " + what, clock.nowMs());
    }

    private void cancel() {
        if (!asked.isEmpty()) {
            String id = dice.pick(List.copyOf(asked));
            story.add(clock.nowMs() + " cancel " + id);
            engine.cancel(id);
        }
    }

    private void crash(boolean both) {
        story.add(clock.nowMs() + " crash of " + (both ? "both" : "the engine"));
        if (both) {
            worker.die();
        }
        down = true;
    }

    private void replaceWorker() {
        story.add(clock.nowMs() + " another worker");
        engine.pause();
        drain();
        if (!down) {
            worker.die();
            engine.adopt(worker.running());
        }
    }

    private void recoverIfDown() {
        if (down) {
            down = false;
            clock.pass(dice.chance(80) ? dice.between(0, 500) : dice.between(0, 50_000));
            open();
        }
    }

    /** As a session begins: definitions, what the worker still holds, then recovery. */
    private void open() {
        story.add(clock.nowMs() + " open");
        disk = new SimulatedDisk(journal, ++fence);
        engine = new HandEngine(disk, clock, worker, dice::fraction, new Listener());
        HandEngine opened = engine;
        worker.confirmBy(opened::whenDurable);
        engine.pause();
        definitions.forEach(engine::register);
        worker.tellAgain();
        engine.adopt(worker.running());
    }

    private void drain() {
        boolean busy = true;
        while (busy) {
            busy = turn();
        }
    }

    /** Nothing more goes wrong, and time goes by until every saga has ended or waits for a person. */
    private void comeToRest() {
        worker.calmDown();
        disk.breakAfter(0, Fault.NONE);
        for (int turn = 0; !isAtRest(); turn++) {
            Violation.unless(turn < TURNS_TO_REST, "stuck without a trace", journal.ids());
            drain();
            recoverIfDown();
            clock.pass(Math.max(1, Math.min(PAUSE_MS, worker.nextEndMs() - clock.nowMs())));
            worker.work();
        }
    }

    private boolean isAtRest() {
        drain();
        return !down && worker.nextEndMs() == Long.MAX_VALUE && journal.ids().stream()
                .map(journal::status).allMatch(status -> status.isEnd() || status == SagaStatus.PARKED);
    }

    /** Sees every defect of the engine's; expected ones alone may be there. */
    private final class Listener implements EngineListener {
        @Override
        public void onLog(EngineLog entry) {
            story.add(clock.nowMs() + " " + entry);
            if (entry.message().startsWith("the engine has failed")) {
                down = true;
                Violation.unless(FAILURES.stream().anyMatch(entry.message()::endsWith), "a defect", entry);
            }
        }

        @Override
        public boolean isLogging(Level level) {
            return level.getSeverity() >= Level.DEBUG.getSeverity();
        }
    }
}
