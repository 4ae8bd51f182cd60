package dev.fireflytx.engine.simulation;

import dev.fireflytx.core.definition.InDoubtPolicy;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.engine.SagaStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the steps did to the world, and whether that is as promised. It shares nothing with the engine: it sees what the worker was told to
 * do, what came of it, and what is on the disk at that moment.
 */
final class EffectLog {
    private final Journal journal;
    private final SimulatedOwners owners;
    private final SimulatedClock clock;
    private final Set<Attempt> begun = new HashSet<>();
    private final Map<Attempt, Long> running = new HashMap<>();
    private final Set<Attempt> takenOver = new HashSet<>();
    private final Set<String> undoing = new HashSet<>();
    private final Map<String, List<Event>> events = new HashMap<>();

    private record Event(Attempt attempt, boolean succeeded, boolean hadEffect) {}

    EffectLog(Journal journal, SimulatedClock clock) {
        this.journal = journal;
        this.clock = clock;
        this.owners = new SimulatedOwners(this::takenOver);
    }

    SimulatedOwners owners() {
        return owners;
    }

    /** An owner was taken over from: what was inside its process then may run beside its repetition, and may end at any time. */
    private void takenOver(long owner) {
        running.forEach((attempt, by) -> {
            if (by == owner) {
                takenOver.add(attempt);
            }
        });
        running.keySet().removeAll(takenOver);
    }

    /** An attempt begins in an owner's process. */
    void begin(Attempt attempt, long owner) {
        Violation.unless(journal.hasStarted(attempt), "handed out before it was durable", attempt);
        Violation.unless(begun.add(attempt), "ran twice", attempt);
        Violation.unless(owners.isThere(owner) && journal.find(attempt.saga()).orElseThrow().header().owner() == owner,
                "begun in a process whose sagas are others' now", attempt);
        Violation.unless(!journal.isDone(attempt), "its result was recorded already", attempt);
        checkAlone(attempt);
        journal.facts(attempt.saga(), attempt.step(), Fact.RetryScheduled.class)
                .filter(retry -> retry.direction() == attempt.direction()).reduce((earlier, later) -> later)
                .ifPresent(retry -> Violation.unless(retry.dueMs() <= clock.nowMs(), "retried too early", attempt));
        if (attempt.direction() == Direction.BACKWARD) {
            beginUndoing(attempt);
        } else {
            Violation.unless(!undoing.contains(attempt.saga()), "went forward after an undo", attempt);
        }
        running.put(attempt, owner);
    }

    private void checkAlone(Attempt attempt) {
        for (Attempt other : running.keySet()) {
            boolean same = other.saga().equals(attempt.saga()) && other.step().equals(attempt.step());
            Violation.unless(!same || isDecided(attempt.saga(), attempt.step()), "run while " + other + " runs", attempt);
        }
    }

    /** Whether a person has said what became of a step: then that counts, whatever the world knows. */
    private boolean isDecided(String saga, String step) {
        return journal.has(saga, step, Fact.PersonDecided.class);
    }

    private void beginUndoing(Attempt attempt) {
        undoing.add(attempt.saga());
        SagaDefinition saga = journal.definition(attempt.saga());
        Set<String> dependents = dependents(saga, attempt.step());
        for (Attempt other : running.keySet()) {
            boolean inTheWay = other.saga().equals(attempt.saga()) && other.direction() != Direction.BACKWARD
                    && dependents.contains(other.step()) && !isDecided(other.saga(), other.step());
            Violation.unless(!inTheWay, "undone while " + other + " runs", attempt);
        }
        for (StepDefinition step : saga.steps()) {
            if (dependents.contains(step.id()) && step.compensation().isPresent()) {
                Violation.unless(isOutOfTheWay(attempt.saga(), step.id()), "undone before " + step.id(), attempt);
            }
        }
    }

    /** Whether a step was never completed, or is undone, or undoing it was given up. */
    private boolean isOutOfTheWay(String saga, String step) {
        return !journal.has(saga, step, Fact.StepCompleted.class) || journal.has(saga, step, Fact.StepCompensated.class)
                || journal.has(saga, step, Fact.CompensationFailed.class);
    }

    private static Set<String> dependents(SagaDefinition saga, String step) {
        Set<String> found = new HashSet<>(Set.of(step));
        boolean grows = true;
        while (grows) {
            grows = saga.steps().stream()
                    .filter(each -> each.dependsOn().stream().anyMatch(found::contains))
                    .map(each -> found.add(each.id()))
                    .reduce(false, Boolean::logicalOr);
        }
        found.remove(step);
        return found;
    }

    /** An attempt has ended; nobody but the world may know whether it had an effect. */
    void end(Attempt attempt, boolean succeeded, boolean hadEffect) {
        running.remove(attempt);
        events.computeIfAbsent(attempt.saga(), id -> new ArrayList<>()).add(new Event(attempt, succeeded, hadEffect));
    }

    /** Every saga has come to rest: is the world as its status says? */
    void checkEnd(String id) {
        SagaStatus status = journal.status(id);
        for (StepDefinition step : journal.definition(id).steps()) {
            if (isDecided(id, step.id())) {
                continue;
            }
            if (status == SagaStatus.COMPLETED) {
                checkCompleted(id, step);
            } else if (status == SagaStatus.COMPENSATED) {
                checkCompensated(id, step);
            }
        }
        long starts = journal.facts(id).stream().filter(Fact.SagaStarted.class::isInstance).count();
        Violation.unless(starts == 1, "started " + starts + " times", id);
    }

    private void checkCompleted(String id, StepDefinition step) {
        boolean skipped = journal.has(id, step.id(), Fact.StepSkipped.class);
        boolean happened = of(id, step.id()).stream().anyMatch(event -> isForward(event) && event.hadEffect());
        Violation.unless(happened != skipped, "completed, but a step is not done as its facts say", id + " " + step.id());
        boolean undone = of(id, step.id()).stream().anyMatch(event -> event.attempt().direction() == Direction.BACKWARD);
        Violation.unless(!undone, "completed, but a step was undone", id + " " + step.id());
    }

    private void checkCompensated(String id, StepDefinition step) {
        boolean completed = journal.has(id, step.id(), Fact.StepCompleted.class);
        boolean matters = step.compensation().isPresent() && (completed || step.inDoubt() != InDoubtPolicy.FAIL);
        boolean standing = false;
        for (Event event : of(id, step.id())) {
            boolean undone = event.attempt().direction() == Direction.BACKWARD && event.succeeded();
            standing = isForward(event) && event.hadEffect() && !takenOver.contains(event.attempt()) || standing && !undone;
        }
        Violation.unless(!matters || !standing, "compensated, but an effect stands", id + " " + step.id());
    }

    private List<Event> of(String id, String step) {
        return events.getOrDefault(id, List.of()).stream().filter(event -> event.attempt().step().equals(step)).toList();
    }

    private static boolean isForward(Event event) {
        return event.attempt().direction() == Direction.FORWARD;
    }
}
