package dev.fireflytx.engine;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.machine.Fact;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Keeps sagas as long as its process lives, and of those that ended the last ones. For tests, and for sagas that may be forgotten. */
final class MemoryStore implements Store {
    private static final long ONLY_OWNER = 1;

    private final int keptResults;
    private final long keptChars;
    private final Map<String, Kept> unfinished = new LinkedHashMap<>();
    private final Map<String, Kept> ended = new LinkedHashMap<>();
    private final Map<String, Kept> unresolved = new LinkedHashMap<>(); // ended with a compensation that failed
    private final MemoryOutbox outbox = new MemoryOutbox();
    private long endedChars;
    private long sagas;
    private long batches;

    /** One saga, with its turns as they come, and about how much memory its values take. */
    private record Kept(Header header, SagaDefinition definition, List<TimedFacts> turns, long sizeChars) {
        Kept with(TimedFacts turn) {
            turns.add(turn);
            long size = sizeChars;
            for (Fact fact : turn.facts()) {
                size += sizeCharsOf(fact);
            }
            return new Kept(header, definition, turns, size);
        }

        Kept in(SagaStatus status, long atMs) {
            Header next = new Header(header.number(), header.correlationId(), header.saga(), header.inputHash(), status,
                    header.startedMs(), atMs, status.isEnd() ? NOBODY : ONLY_OWNER);
            return new Kept(next, definition, turns, sizeChars);
        }

        StoredSaga stored() {
            return new StoredSaga(header, definition, List.copyOf(turns));
        }
    }

    /** How many sagas that have ended are kept, and how large their values may be altogether; the last one always is. */
    MemoryStore(int keptResults, long keptChars) {
        this.keptResults = keptResults;
        this.keptChars = keptChars;
    }

    @Override
    public synchronized long append(List<Entry> batch) {
        Set<String> taken = new HashSet<>();
        for (Entry entry : batch) {
            if (entry.beginning().isPresent() && kept(entry.correlationId()) != null) {
                taken.add(entry.correlationId());
            }
        }
        if (!taken.isEmpty()) {
            throw new StartedElsewhereException(taken);
        }
        for (Entry entry : batch) {
            add(entry);
            outbox.add(entry.events());
        }
        while (ended.size() > keptResults || endedChars > keptChars && ended.size() > 1) {
            endedChars -= ended.remove(ended.keySet().iterator().next()).sizeChars();
        }
        return ++batches;
    }

    private static long sizeCharsOf(Fact fact) {
        if (fact instanceof Fact.SagaStarted started) {
            return started.input().length() + started.trace().length();
        }
        if (fact instanceof Fact.AttemptSucceeded succeeded) {
            return succeeded.result().length() + succeeded.writes().length();
        }
        return fact instanceof Fact.AttemptFailed failed ? failed.error().length() + failed.writes().length() : 0;
    }

    private void add(Entry entry) {
        String id = entry.correlationId();
        Kept before = entry.beginning().isPresent() ? begin(entry, entry.beginning().get()) : kept(id);
        Kept saga = before.with(new TimedFacts(entry.atMs(), entry.facts()));
        if (before.header().status() != entry.status()) {
            saga = saga.in(entry.status(), entry.atMs());
            placeOf(before).remove(id);
        }
        placeOf(saga).put(id, saga);
        endedChars += endedCharsOf(saga) - endedCharsOf(before);
    }

    private long endedCharsOf(Kept saga) {
        return placeOf(saga) == ended ? saga.sizeChars() : 0;
    }

    private Map<String, Kept> placeOf(Kept saga) {
        SagaStatus status = saga.header().status();
        return !status.isEnd() ? unfinished : status == SagaStatus.COMPENSATION_FAILED ? unresolved : ended;
    }

    private Kept begin(Entry entry, Beginning beginning) {
        Header header = new Header(++sagas, entry.correlationId(), beginning.definition().name(), beginning.inputHash(),
                entry.status(), entry.atMs(), entry.atMs(), entry.status().isEnd() ? NOBODY : ONLY_OWNER);
        return new Kept(header, beginning.definition(), new ArrayList<>(), 0);
    }

    @Override
    public synchronized Optional<Header> find(String correlationId) {
        return Optional.ofNullable(kept(correlationId)).map(Kept::header);
    }

    @Override
    public synchronized Optional<StoredSaga> load(String correlationId) {
        return Optional.ofNullable(kept(correlationId)).map(Kept::stored);
    }

    /** Null if it is not there. */
    private Kept kept(String correlationId) {
        Kept saga = unfinished.get(correlationId);
        saga = saga == null ? unresolved.get(correlationId) : saga;
        return saga == null ? ended.get(correlationId) : saga;
    }

    @Override
    public synchronized Page left(Set<String> sagas, long after, long upTo, int limit) {
        List<StoredSaga> left = unfinished.values().stream()
                .filter(saga -> sagas.contains(saga.header().saga()))
                .filter(saga -> saga.header().number() > after && saga.header().number() <= upTo)
                .sorted(Comparator.comparingLong(saga -> saga.header().number()))
                .limit(limit)
                .map(Kept::stored)
                .toList();
        return new Page(left, List.of(), left.isEmpty() ? 0 : left.get(left.size() - 1).header().number());
    }

    @Override
    public synchronized List<Header> list(Query query) {
        List<Header> headers = new ArrayList<>();
        unfinished.values().forEach(saga -> headers.add(saga.header()));
        unresolved.values().forEach(saga -> headers.add(saga.header()));
        ended.values().forEach(saga -> headers.add(saga.header()));
        return headers.stream()
                .filter(matching(query))
                .sorted(Collections.reverseOrder(Comparator.comparingLong(Header::number)))
                .limit(query.limit())
                .toList();
    }

    private static Predicate<Header> matching(Query query) {
        return header -> query.status().filter(status -> status != header.status()).isEmpty()
                && query.saga().filter(saga -> !saga.equals(header.saga())).isEmpty()
                && header.startedMs() >= query.sinceMs()
                && (query.before() == 0 || header.number() < query.before());
    }

    @Override
    public synchronized long turns(String correlationId) {
        Kept saga = kept(correlationId);
        return saga == null ? 0 : saga.turns().size();
    }

    @Override
    public synchronized List<SagaCount> count(long nowMs) {
        return SagaCount.sum(Stream.of(unfinished, unresolved, ended).flatMap(sagas -> sagas.values().stream())
                .map(saga -> SagaCount.of(saga.header(), nowMs)).toList());
    }

    @Override
    public synchronized Set<Long> claim(List<Header> sagas) {
        return sagas.stream().filter(saga -> find(saga.correlationId()).equals(Optional.of(saga))).map(Header::number)
                .collect(Collectors.toSet());
    }

    @Override
    public synchronized long leftCount(long upTo) {
        return unfinished.values().stream().filter(saga -> saga.header().number() <= upTo).count();
    }

    @Override
    public StoreReport verify(Function<StoredSaga, Optional<String>> check) {
        List<StoredSaga> sagas = all();
        List<StoreReport.Problem> problems = sagas.stream().flatMap(saga -> check.apply(saga)
                .map(what -> new StoreReport.Problem(saga.header().correlationId(), saga.header().saga(), what)).stream()).toList();
        long facts = sagas.stream().flatMap(saga -> saga.turns().stream()).mapToLong(turn -> turn.facts().size()).sum();
        return new StoreReport(sagas.size(), facts, problems.stream().limit(StoreReport.MOST_PROBLEMS).toList(), problems.size());
    }

    private synchronized List<StoredSaga> all() {
        return Stream.of(unfinished, unresolved, ended).flatMap(sagas -> sagas.values().stream()).map(Kept::stored).toList();
    }

    @Override
    public synchronized long newest() {
        return sagas;
    }

    @Override
    public EventOutbox outbox() {
        return outbox;
    }

    @Override
    public long owner() {
        return ONLY_OWNER;
    }

    @Override
    public long fence() {
        return ONLY_OWNER;
    }

    @Override
    public String description() {
        return "memory";
    }

    @Override
    public synchronized void close() {
        unfinished.clear();
        unresolved.clear();
        ended.clear();
    }
}
