package dev.fireflytx.engine.simulation;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.Resolution;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.Store.Entry;
import dev.fireflytx.engine.Store.Header;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What is on the disk, whatever becomes of the engines that wrote it; and what those can ask of it who check them. */
final class Journal {
    private final Map<String, SagaRecord> sagas = new LinkedHashMap<>();
    private long batches;

    /** Adds a batch of an owner's; gives its number. */
    long add(List<Entry> batch, long owner) {
        for (Entry entry : batch) {
            sagas.computeIfAbsent(entry.correlationId(), id -> new SagaRecord(sagas.size() + 1, entry)).add(entry, owner);
        }
        return ++batches;
    }

    Optional<SagaRecord> find(String id) {
        return Optional.ofNullable(sagas.get(id));
    }

    Collection<SagaRecord> sagas() {
        return sagas.values();
    }

    Set<String> ids() {
        return sagas.keySet();
    }

    Stream<SagaStatus> statuses() {
        return sagas.values().stream().map(SagaRecord::header).map(Header::status);
    }

    SagaStatus status(String id) {
        return sagas.get(id).header().status();
    }

    /** Whether a saga stands so, or has stood so: one that was parked may go on in the turn that tells of it. */
    boolean hasBeen(String id, SagaStatus status) {
        return find(id).filter(saga -> saga.statuses().contains(status)).isPresent();
    }

    SagaDefinition definition(String id) {
        return sagas.get(id).definition();
    }

    List<Fact> facts(String id) {
        return find(id).map(SagaRecord::facts).orElse(List.of());
    }

    boolean has(String id, Class<? extends Fact> kind) {
        return facts(id).stream().anyMatch(kind::isInstance);
    }

    boolean has(String id, String step, Class<? extends Fact.OfStep> kind) {
        return facts(id, step, kind).findAny().isPresent();
    }

    /** Whether a step is completed, by an attempt or by a person. */
    boolean isCompleted(String id, String step) {
        return has(id, step, Fact.StepCompleted.class)
                || facts(id, step, Fact.PersonDecided.class).anyMatch(fact -> fact.resolution() == Resolution.COMPLETE_STEP);
    }

    boolean isPivotPassed(String id) {
        return facts(id).size() > 0 && definition(id).steps().stream().anyMatch(step -> step.pivot() && isCompleted(id, step.id()));
    }

    /** A step's facts of one kind, in order. */
    <T extends Fact.OfStep> Stream<T> facts(String id, String step, Class<T> kind) {
        return facts(id).stream().filter(kind::isInstance).map(kind::cast)
                .filter(fact -> definition(id).steps().get(fact.step()).id().equals(step));
    }

    /** Whether an attempt may be handed out. */
    boolean hasStarted(Attempt attempt) {
        return facts(attempt.saga(), attempt.step(), Fact.AttemptStarted.class)
                .anyMatch(fact -> fact.attempt().number() == attempt.number() && fact.attempt().direction() == attempt.direction());
    }

    /** Whether a result is recorded that makes another attempt needless. */
    boolean isDone(Attempt attempt) {
        if (attempt.direction() == Direction.FORWARD) {
            return isCompleted(attempt.saga(), attempt.step());
        }
        if (attempt.direction() == Direction.CONDITION) {
            return has(attempt.saga(), attempt.step(), Fact.ConditionDecided.class)
                    && !has(attempt.saga(), attempt.step(), Fact.PersonDecided.class); // who may want it asked again
        }
        return isUndone(attempt.saga(), attempt.step());
    }

    /** Whether it was undone by an attempt that began when all its successes were known. */
    private boolean isUndone(String id, String step) {
        List<Fact.OfStep> all = facts(id, step, Fact.OfStep.class).toList();
        int lastLate = all.stream().filter(Fact.LateSuccess.class::isInstance).mapToInt(all::lastIndexOf).max().orElse(-1);
        return facts(id, step, Fact.StepCompensated.class)
                .anyMatch(undone -> all.indexOf(new Fact.AttemptStarted(undone.attempt())) > lastLate);
    }
}
