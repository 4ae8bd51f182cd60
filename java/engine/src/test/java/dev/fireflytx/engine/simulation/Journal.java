package dev.fireflytx.engine.simulation;

import dev.fireflytx.core.definition.DefinitionJson;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.Store.Beginning;
import dev.fireflytx.engine.Store.Entry;
import dev.fireflytx.engine.journal.FactCodec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What is on the disk, as text, whatever becomes of the engines that wrote it. */
final class Journal {
    private final List<Line> lines = new ArrayList<>();
    private final Map<String, List<Fact>> facts = new LinkedHashMap<>();
    private final Map<String, SagaStatus> statuses = new LinkedHashMap<>();
    private final Map<String, SagaDefinition> definitions = new LinkedHashMap<>();

    private record Line(String id, Optional<String> definition, String inputHash, long atMs, String facts, SagaStatus status) {
        Entry entry() {
            return new Entry(id, definition.map(text -> new Beginning(DefinitionJson.read(text), inputHash)), atMs,
                    FactCodec.read(facts), status);
        }
    }

    void add(List<Entry> batch) {
        for (Entry entry : batch) {
            lines.add(new Line(entry.correlationId(), entry.beginning().map(each -> DefinitionJson.write(each.definition())),
                    entry.beginning().map(Beginning::inputHash).orElse(""), entry.atMs(), FactCodec.write(entry.facts()), entry.status()));
            facts.computeIfAbsent(entry.correlationId(), id -> new ArrayList<>()).addAll(entry.facts());
            statuses.put(entry.correlationId(), entry.status());
            entry.beginning().ifPresent(each -> definitions.put(entry.correlationId(), each.definition()));
        }
    }

    /** Everything, as it is read. */
    List<Entry> entries() {
        return lines.stream().map(Line::entry).toList();
    }

    Set<String> ids() {
        return statuses.keySet();
    }

    Collection<SagaStatus> statuses() {
        return statuses.values();
    }

    SagaStatus status(String id) {
        return statuses.get(id);
    }

    /** Whether a saga stands so, or has stood so: one that was parked may go on in the turn that tells of it. */
    boolean hasBeen(String id, SagaStatus status) {
        return lines.stream().anyMatch(line -> line.id().equals(id) && line.status() == status);
    }

    SagaDefinition definition(String id) {
        return definitions.get(id);
    }

    List<Fact> facts(String id) {
        return facts.getOrDefault(id, List.of());
    }

    /** A step's facts of one kind, in order. */
    <T extends Fact.OfStep> Stream<T> facts(String id, String step, Class<T> kind) {
        SagaDefinition definition = definitions.get(id);
        return facts(id).stream().filter(kind::isInstance).map(kind::cast)
                .filter(fact -> definition.steps().get(fact.step()).id().equals(step));
    }

    /** Whether an attempt may be handed out. */
    boolean hasStarted(Attempt attempt) {
        return facts(attempt.saga(), attempt.step(), Fact.AttemptStarted.class)
                .anyMatch(fact -> fact.attempt().number() == attempt.number() && fact.attempt().direction() == attempt.direction());
    }

    /** Whether a result is recorded that makes another attempt needless. */
    boolean isDone(Attempt attempt) {
        if (attempt.direction() == Direction.FORWARD) {
            return facts(attempt.saga(), attempt.step(), Fact.StepCompleted.class).findAny().isPresent();
        }
        if (attempt.direction() == Direction.CONDITION) {
            return facts(attempt.saga(), attempt.step(), Fact.ConditionDecided.class).findAny().isPresent();
        }
        boolean done = false;
        for (Fact.OfStep fact : facts(attempt.saga(), attempt.step(), Fact.OfStep.class).toList()) {
            done = fact instanceof Fact.StepCompensated || done && !(fact instanceof Fact.LateSuccess);
        }
        return done;
    }
}
