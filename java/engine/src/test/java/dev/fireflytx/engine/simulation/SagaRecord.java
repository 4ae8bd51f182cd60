package dev.fireflytx.engine.simulation;

import dev.fireflytx.core.definition.DefinitionJson;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.Store.Beginning;
import dev.fireflytx.engine.Store.Entry;
import dev.fireflytx.engine.Store.Header;
import dev.fireflytx.engine.Store.StoredSaga;
import dev.fireflytx.engine.Store.TimedFacts;
import dev.fireflytx.engine.journal.FactCodec;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What the disk holds of one saga: its row, and as text its definition and its facts. */
final class SagaRecord {
    private final SagaDefinition definition;
    private final String definitionText;
    private final List<Line> lines = new ArrayList<>();
    private final List<Fact> facts = new ArrayList<>();
    private final Set<SagaStatus> statuses = EnumSet.noneOf(SagaStatus.class);
    private final Set<Long> owners = new HashSet<>();
    private Header header;

    private record Line(long atMs, String facts) {}

    SagaRecord(long number, Entry first) {
        Beginning beginning = first.beginning().orElseThrow();
        definition = beginning.definition();
        definitionText = DefinitionJson.write(definition);
        header = new Header(number, first.correlationId(), definition.name(), beginning.inputHash(), first.status(), first.atMs(),
                first.atMs(), Store.NOBODY);
    }

    void add(Entry entry, long owner) {
        lines.add(new Line(entry.atMs(), FactCodec.write(entry.facts())));
        facts.addAll(entry.facts());
        statuses.add(entry.status());
        owners.add(owner);
        long changedMs = entry.status() == header.status() ? header.changedMs() : entry.atMs();
        become(entry.status(), changedMs, entry.status().isEnd() ? Store.NOBODY : owner);
    }

    void ownedBy(long owner) {
        become(header.status(), header.changedMs(), owner);
    }

    private void become(SagaStatus status, long changedMs, long owner) {
        header = new Header(header.number(), header.correlationId(), header.saga(), header.inputHash(), status, header.startedMs(),
                changedMs, owner);
    }

    Header header() {
        return header;
    }

    /** All that happened, as it is read. */
    StoredSaga read() {
        return new StoredSaga(header, DefinitionJson.read(definitionText),
                lines.stream().map(line -> new TimedFacts(line.atMs(), FactCodec.read(line.facts()))).toList());
    }

    SagaDefinition definition() {
        return definition;
    }

    List<Fact> facts() {
        return facts;
    }

    /** How it has ever stood. */
    Set<SagaStatus> statuses() {
        return statuses;
    }

    /** The owners who have ever written of it. */
    Set<Long> owners() {
        return owners;
    }
}
