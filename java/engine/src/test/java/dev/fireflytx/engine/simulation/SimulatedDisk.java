package dev.fireflytx.engine.simulation;

import dev.fireflytx.engine.SagaCount;
import dev.fireflytx.engine.FencedException;
import dev.fireflytx.engine.StartedElsewhereException;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreException;
import dev.fireflytx.engine.StoreReport;
import dev.fireflytx.engine.simulation.SimulatedOwners.Owner;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The shared journal as one engine's process sees it: a durable store that fails when it is told to, before a transaction is durable, or after,
 * which nobody can tell from each other then. What it answers to others' doings is what {@code SqliteStore} answers.
 */
final class SimulatedDisk implements Store {
    private static final long FRESH_MS = 1_000;

    private final Shared shared;
    private final SimulatedClock clock;
    private final Owner owner;
    private final long fence;
    private final Runnable edge;
    private Watcher watcher = new Watcher() {};
    private Fault fault = Fault.NONE;
    private int transactionsUntilFault;
    private boolean broken;
    private long provedMs;

    /** What all engines share. */
    record Shared(Journal journal, SimulatedOwners owners, SimulatedRequests requests) {}

    /** What goes wrong with a transaction. */
    enum Fault {
        /** Nothing. */
        NONE,
        /** The write fails, and nothing of it is there. */
        LOST,
        /** The sync fails, but all of it is there. */
        KEPT,
        /** The process ends before it is durable. */
        CRASH_BEFORE,
        /** The process ends when it is durable and nothing has left yet. */
        CRASH_AFTER
    }

    /** Opens the journal for an owner; {@code edge} is called where other processes may get a turn in between. */
    SimulatedDisk(Shared shared, SimulatedClock clock, Owner owner, Runnable edge) {
        this.shared = shared;
        this.clock = clock;
        this.owner = owner;
        this.fence = shared.owners().fence(owner.number());
        this.edge = edge;
        this.provedMs = clock.nowMs();
    }

    /** The n-th transaction from now goes wrong. */
    void breakAfter(int transactions, Fault how) {
        transactionsUntilFault = transactions;
        fault = how;
    }

    boolean isBroken() {
        return broken;
    }

    Watcher watcher() {
        return watcher;
    }

    @Override
    public long append(List<Entry> batch) {
        return transaction(() -> {
            Set<String> elsewhere = batch.stream().filter(this::isOthers).map(Entry::correlationId).collect(Collectors.toSet());
            if (!elsewhere.isEmpty()) {
                throw new StartedElsewhereException(elsewhere);
            }
            return shared.journal().add(batch, owner());
        });
    }

    private boolean isOthers(Entry entry) {
        Optional<SagaRecord> saga = shared.journal().find(entry.correlationId());
        return saga.isPresent() && (entry.beginning().isPresent() || saga.get().header().owner() != owner());
    }

    @Override
    public Set<Long> claim(List<Header> sagas) {
        return transaction(() -> sagas.stream().filter(this::isClaimed).map(Header::number).collect(Collectors.toCollection(HashSet::new)));
    }

    private boolean isClaimed(Header seen) {
        boolean isRun = seen.owner() != owner() && !seen.status().isEnd() && shared.owners().isThere(seen.owner());
        Optional<SagaRecord> saga = shared.journal().find(seen.correlationId()).filter(each -> !isRun && each.header().equals(seen));
        saga.ifPresent(each -> each.ownedBy(owner()));
        return saga.isPresent();
    }

    @Override
    public boolean isElsewhere(Header saga) {
        return saga.owner() != owner() && shared.owners().isThere(saga.owner());
    }

    @Override
    public long ask(String correlationId, String body) {
        return transaction(() -> shared.requests().add(correlationId, body));
    }

    @Override
    public void answer(long number, String answer) {
        transaction(() -> {
            shared.requests().answer(number, answer);
            return number;
        });
    }

    @Override
    public Optional<String> answer(long number) {
        return shared.requests().answer(number);
    }

    @Override
    public Optional<String> withdraw(long number) {
        return transaction(() -> shared.requests().withdraw(number));
    }

    private <T> T transaction(Supplier<T> work) {
        Violation.unless(!broken, "written to after a write that failed, by owner", owner());
        edge.run();
        checkFence();
        Fault now = fault != Fault.NONE && transactionsUntilFault-- == 0 ? fault : Fault.NONE;
        T done = now == Fault.LOST || now == Fault.CRASH_BEFORE ? null : work.get();
        if (now != Fault.NONE) {
            fail(now);
        }
        edge.run();
        return done;
    }

    private void checkFence() {
        if (!shared.owners().isThere(owner(), fence)) {
            broken = true;
            throw new FencedException(description());
        }
    }

    private void fail(Fault now) {
        broken = true;
        if (now == Fault.CRASH_BEFORE || now == Fault.CRASH_AFTER) {
            throw new SimulatedCrash();
        }
        throw new StoreException("simulated: the disk has failed");
    }

    @Override
    public void prove() {
        if (clock.nowMs() - provedMs > FRESH_MS) {
            owner.beat();
            checkFence();
            provedMs = clock.nowMs();
        }
    }

    /** The process has shown that it is not frozen, and was an owner after that. */
    void proved(long atMs) {
        provedMs = Math.max(provedMs, atMs);
    }

    @Override
    public OptionalLong provedMs() {
        return OptionalLong.of(provedMs);
    }

    @Override
    public void watch(Watcher to) {
        watcher = to;
    }

    @Override
    public Optional<Header> find(String correlationId) {
        return shared.journal().find(correlationId).map(SagaRecord::header);
    }

    @Override
    public Optional<StoredSaga> load(String correlationId) {
        return shared.journal().find(correlationId).map(SagaRecord::read);
    }

    @Override
    public Page left(Set<String> sagas, long after, long upTo, int limit) {
        List<StoredSaga> page = left(upTo).filter(saga -> saga.header().number() > after && sagas.contains(saga.header().saga()))
                .limit(limit).map(SagaRecord::read).toList();
        return new Page(page, List.of(), page.isEmpty() ? 0 : page.get(page.size() - 1).header().number());
    }

    private Stream<SagaRecord> left(long upTo) {
        return shared.journal().sagas().stream().filter(saga -> !saga.header().status().isEnd()).filter(saga ->
                saga.header().owner() == owner() ? saga.header().number() <= upTo : !shared.owners().isThere(saga.header().owner()));
    }

    @Override
    public long turns(String correlationId) {
        return load(correlationId).map(saga -> (long) saga.turns().size()).orElse(0L);
    }

    @Override
    public List<SagaCount> count(long nowMs) {
        return SagaCount.sum(shared.journal().sagas().stream().map(saga -> SagaCount.of(saga.header(), nowMs)).toList());
    }

    @Override
    public long leftCount(long upTo) {
        return left(upTo).count();
    }

    @Override
    public List<Header> list(Query query) {
        return shared.journal().sagas().stream().map(SagaRecord::header).filter(saga -> matches(query, saga))
                .sorted(Comparator.comparingLong(Header::number).reversed()).limit(query.limit()).toList();
    }

    private static boolean matches(Query query, Header saga) {
        return query.status().filter(status -> status != saga.status()).isEmpty() && query.saga().filter(name -> !name.equals(saga.saga())).isEmpty()
                && saga.startedMs() >= query.sinceMs() && (query.before() == 0 || saga.number() < query.before());
    }

    @Override
    public StoreReport verify(Function<StoredSaga, Optional<String>> check) {
        throw new UnsupportedOperationException("nothing flips its bits");
    }

    @Override
    public long newest() {
        return shared.journal().sagas().size();
    }

    @Override
    public long owner() {
        return owner.number();
    }

    @Override
    public long fence() {
        return fence;
    }

    /** What others ask about sagas of this engine, and has no answer yet. */
    List<Request> unanswered() {
        return shared.requests().unanswered(id -> find(id).filter(saga -> saga.owner() == owner()).isPresent());
    }

    @Override
    public String description() {
        return "simulated";
    }

    @Override
    public void close() {
        // the journal stays
    }
}
