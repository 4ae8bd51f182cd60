package dev.fireflytx.engine.simulation;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.machine.Resolution;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.simulation.SimulatedDisk.Fault;
import dev.fireflytx.engine.simulation.SimulatedDisk.Shared;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One run: sagas, and one, two or three programs on one journal, whose engines and workers crash and stand still, on a disk that fails, while time
 * jumps; all from one seed.
 */
final class Simulation {
    private static final int EVENTS = 120;
    private static final int MOST_SAGAS = 4;
    private static final int TURNS_TO_REST = 3_000;
    private static final int PAUSE_MS = 1_000;

    private final Dice dice;
    private final SimulatedClock clock = new SimulatedClock();
    private final Journal journal = new Journal();
    private final EffectLog log = new EffectLog(journal, clock);
    private final Callers callers = new Callers(journal);
    private final List<SagaDefinition> definitions;
    private final List<Program> programs;
    private final Set<String> asked = new LinkedHashSet<>();
    private final List<String> story = new ArrayList<>();
    private boolean isInBetween;
    private boolean isCalm;

    private Simulation(long seed) {
        dice = new Dice(seed);
        RandomSagas sagas = new RandomSagas(dice);
        definitions = Stream.of("red", "blue").map(sagas::saga).toList();
        Shared shared = new Shared(journal, log.owners(), new SimulatedRequests());
        Program.World world = new Program.World(dice, clock, shared, log, definitions, story);
        int count = dice.chance(50) ? 1 : dice.chance(80) ? 2 : 3;
        programs = IntStream.range(0, count).mapToObj(i -> new Program("program " + i, world, this::inBetween)).toList();
    }

    /**
     * Runs once.
     *
     * @return how each saga stood in the end
     * @throws AssertionError with the story, if a promise was broken
     */
    static List<SagaStatus> run(long seed) {
        Simulation simulation = new Simulation(seed);
        try {
            simulation.play();
            return simulation.journal.statuses().toList();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + ": " + e + "\n  " + String.join("\n  ", simulation.story), e);
        }
    }

    private void play() {
        programs.forEach(Program::open);
        for (int event = 0; event < EVENTS; event++) {
            Program program = dice.pick(programs);
            if (program.mayRun()) {
                happen(program, dice.between(0, 99));
            } else {
                pass(dice.between(0, PAUSE_MS));
            }
            goOn();
        }
        comeToRest();
        callers.checkEnd();
        journal.ids().forEach(log::checkEnd);
    }

    private void happen(Program program, int choice) {
        if (choice < 35) {
            turn(program);
        } else if (choice < 60) {
            pass(dice.between(0, 200));
        } else if (choice < 66) {
            pass(dice.between(200, 6_000));
        } else if (choice < 68) {
            pass(dice.between(6_000, 100_000));
        } else if (choice < 71) {
            program.worker().growOrShrink();
        } else if (choice < 82) {
            start(program);
        } else if (choice < 85) {
            cancel(program);
        } else {
            goWrong(program, choice);
        }
    }

    private void goWrong(Program program, int choice) {
        if (choice < 89) {
            program.breakAfter(dice.between(0, 3), dice.oneOf(Fault.LOST, Fault.KEPT, Fault.CRASH_BEFORE, Fault.CRASH_AFTER));
        } else if (choice < 91) {
            program.worker().crashAtStart(dice.between(0, 2));
        } else if (choice < 94) {
            program.crash(false);
        } else if (choice < 95) {
            program.crash(true);
        } else if (choice < 96) {
            program.replaceWorker();
        } else if (choice < 97) {
            standStill(program);
        } else if (choice < 98) {
            program.hangWatch(dice.between(0, 15_000));
        } else {
            resolve(program);
        }
    }

    private void turn(Program program) {
        program.turn();
        callers.check();
    }

    private void pass(int ms) {
        clock.pass(ms);
        everybody();
    }

    private void everybody() {
        int first = dice.between(0, programs.size() - 1);
        for (int i = 0; i < programs.size(); i++) {
            turn(programs.get((first + i) % programs.size()));
        }
    }

    /** Often two ask in the same moment. */
    private void start(Program program) {
        boolean again = !asked.isEmpty() && (asked.size() == MOST_SAGAS || dice.chance(30));
        String id = again ? dice.pick(List.copyOf(asked)) : "saga-" + asked.size();
        asked.add(id);
        program.tell("is asked to start " + id + " as " + sagaOf(id).name());
        callers.start(program, sagaOf(id), id);
        programs.stream().filter(other -> other != program && other.mayRun() && dice.chance(50))
                .forEach(other -> callers.start(other, sagaOf(id), id));
    }

    private SagaDefinition sagaOf(String id) {
        return definitions.get(Math.floorMod(id.hashCode(), definitions.size()));
    }

    private void cancel(Program program) {
        if (!asked.isEmpty()) {
            String id = dice.pick(List.copyOf(asked));
            program.tell("is asked to cancel " + id);
            callers.cancel(program, sagaOf(id), id);
        }
    }

    /** A person tries something with each step of a saga that waits for one. */
    private void resolve(Program program) {
        List<String> waiting = asked.stream().filter(journal.ids()::contains)
                .filter(id -> journal.status(id) == SagaStatus.PARKED || journal.status(id) == SagaStatus.COMPENSATION_FAILED).toList();
        if (!waiting.isEmpty()) {
            String id = dice.pick(waiting);
            Resolution resolution = dice.oneOf(Resolution.values());
            program.tell("is asked to " + resolution + " of " + id);
            for (StepDefinition step : sagaOf(id).steps()) {
                callers.resolve(program, sagaOf(id), id, step.id(), resolution);
            }
        }
    }

    /** In the middle of a program's turn others may have theirs, or the program may stand still until they have taken over from it. */
    private void inBetween(Program program) {
        if (isInBetween || programs.size() == 1) {
            return;
        }
        isInBetween = true;
        int choice = dice.between(0, 99);
        if (choice < 10) {
            programs.stream().filter(other -> other != program).forEach(this::turn);
        } else if (choice == 10 && !isCalm) {
            standStill(program);
            program.goOn();
        }
        isInBetween = false;
    }

    private void standStill(Program program) {
        program.freeze();
        for (int seconds = dice.between(0, 15); seconds > 0; seconds--) {
            pass(PAUSE_MS);
        }
    }

    /** Whoever stood still or ended goes on sooner or later. */
    private void goOn() {
        programs.stream().filter(program -> program.isFrozen() && dice.chance(30)).forEach(Program::goOn);
        if (programs.stream().noneMatch(Program::mayRun)) {
            long soonestMs = programs.stream().mapToLong(Program::opensAtMs).min().orElseThrow();
            clock.pass(soonestMs == Long.MAX_VALUE ? 0 : Math.max(0, soonestMs - clock.nowMs()));
        }
        programs.forEach(Program::reopenIfDue);
    }

    /** Nothing more goes wrong, and time goes by until every saga has ended or waits for a person, and everybody has an answer. */
    private void comeToRest() {
        isCalm = true;
        programs.stream().skip(1).filter(program -> program.mayRun() && dice.chance(30)).forEach(Program::leave);
        programs.forEach(Program::calmDown);
        for (int turn = 0; !isAtRest(); turn++) {
            Violation.unless(turn < TURNS_TO_REST, "stuck without a trace", journal.ids() + ", unanswered: " + callers);
            long nextEndMs = programs.stream().map(Program::worker).mapToLong(SimulatedWorker::nextEndMs).min().orElseThrow();
            clock.pass(Math.max(1, Math.min(PAUSE_MS, nextEndMs - clock.nowMs())));
            everybody();
            programs.forEach(Program::calmDown);
        }
    }

    private boolean isAtRest() {
        programs.forEach(Program::drain);
        callers.check();
        return programs.stream().allMatch(Program::isAtRest) && !callers.isAnybodyWaiting()
                && journal.statuses().allMatch(status -> status.isEnd() || status == SagaStatus.PARKED);
    }
}
