package dev.fireflytx.engine;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.SagaPlan;
import dev.fireflytx.engine.saga.ExecutableSaga;
import dev.fireflytx.engine.saga.StepLibrary;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Runs sagas.
 *
 * <p>Safe from any thread. Every method but {@link #close} returns at once; futures complete when what they promise is durable.
 *
 * <pre>{@code
 * try (SagaEngine engine = SagaEngine.builder().store(Stores.sqlite(Path.of("sagas.db"))).build()) {
 *     engine.register(order);
 *     SagaResult result = engine.execute("order", new Order("lamp", 5), StartOptions.id("order-17")).join();
 * }
 * }</pre>
 *
 * <p>What an earlier engine has left in the store goes on when its saga is registered. After a write that failed, or when another engine has
 * taken this one's sagas over, the engine is broken ({@link #failure}): it takes nothing more, and futures fail with
 * {@link OutcomeUnknownException}. Close it, and build another one on the same file, in this JVM or elsewhere; it goes on with what is there.
 */
public final class SagaEngine implements AutoCloseable {
    private final Store store;
    private final Runs runs;
    private final EngineLoop loop;
    private final Recovery recovery;
    private final EventPump pump;
    private final SagaDirectory sagas;
    private final Elsewhere elsewhere;
    private final Neighbours neighbours;
    private final Answers answers;
    private final ValueLimit limit;
    private final BackgroundReader reader;
    private final Queries queries;
    private final Transfers transfers;
    private final SagaCalls calls;
    private final Values values;
    private final Listeners listeners;
    private final HandlerExecutor handlers;
    private final StepLibrary library;
    private final boolean ownsAllCode;
    private final long shutdownTimeoutMs;
    private volatile Throwable defect;

    SagaEngine(SagaEngineBuilder options) {
        store = options.store;
        values = options.values;
        listeners = new Listeners(options.listener);
        handlers = options.handlers();
        library = options.steps;
        ownsAllCode = options.executor == null;
        shutdownTimeoutMs = options.shutdownTimeoutMs;
        StepExecutor executor = options.executor(handlers);
        answers = new Answers(options.callbacks);
        limit = new ValueLimit(options.valueLimitBytes);
        EngineClock clock = options.clock == null ? store.clock() : options.clock;
        pump = new EventPump(store, options.publisher, options.byHand);
        runs = new Runs(new Runs.Setting(clock, options.jitter, store, executor, options.settleMs, limit, values, pump), listeners);
        loop = new EngineLoop(clock, store, runs, this::broke);
        reader = new BackgroundReader("fireflytx-reader");
        BesideLoop beside = new BesideLoop(options.byHand ? Runnable::run : reader, loop::submit);
        elsewhere = new Elsewhere(store, beside, values, clock);
        recovery = new Recovery(store, runs, beside, this::takenOver, pump);
        sagas = new SagaDirectory(store, runs, recovery);
        neighbours = new Neighbours(this, store, recovery, sagas, elsewhere, loop::submit);
        queries = new Queries(store, clock, reader, answers, loop::submit);
        transfers = new Transfers(store, answers, () -> loop.submit(turn -> recovery.left()));
        calls = new SagaCalls(store, runs, sagas, elsewhere, neighbours, limit, values, new GuardedListener(listeners));
        executor.open(new LoopReports(loop, sagas, runs));
        store.watch(neighbours);
        loop.start(!options.byHand);
        if (handlers != null) {
            handlers.askBefore(new Ownership(store, this::proof)::isProved);
        }
        if (ownsAllCode && !store.isReadOnly()) {
            adopt(Map.of());
            recovery.tellWhatIsLeft(listeners);
        }
    }

    /** {@return options, each with its default} */
    public static SagaEngineBuilder builder() {
        return new SagaEngineBuilder();
    }

    /**
     * Makes a saga known, with its code. Runs of it that an earlier engine has left go on.
     *
     * @param saga what to run
     * @throws IllegalArgumentException if another one of its name is registered
     * @throws IllegalStateException if the engine has an executor of its own
     */
    public void register(ExecutableSaga saga) {
        if (!ownsAllCode) {
            throw new IllegalStateException("This engine was built with an executor, which brings the code of steps along; saga '"
                    + saga.name() + "' can't be registered with code of its own. Register its definition().");
        }
        handlers.add(saga);
        register(saga.definition());
    }

    /**
     * Makes a saga known whose code the engine's executor has, or its {@link SagaEngineBuilder#steps library}. Registering it again replaces
     * it for runs that start later.
     *
     * @param definition what to run
     * @throws dev.fireflytx.core.definition.InvalidDefinitionException if it can't be run, or a step is missing in the library
     */
    public void register(SagaDefinition definition) {
        SagaPlan plan = SagaPlan.of(definition);
        if (library != null) {
            handlers.replace(library.complete(definition));
        }
        sagas.add(plan);
        loop.submit(turn -> recovery.registered(definition.name()));
    }

    /**
     * Runs a saga to its end; a saga that failed is a result too.
     *
     * @param saga the name of a registered saga
     * @param input its input, an object in JSON; null is an empty one, and a {@code String} is JSON text
     * @return as {@link #execute(StartRequest)}
     * @throws ValueRefusedException if JSON can't carry the input
     */
    public CompletableFuture<SagaResult> execute(String saga, Object input) {
        return execute(saga, input, StartOptions.DEFAULT);
    }

    /**
     * Runs a saga to its end; a saga that failed is a result too.
     *
     * @param saga the name of a registered saga
     * @param input its input, an object in JSON; null is an empty one, and a {@code String} is JSON text
     * @param options its id and its limit
     * @return as {@link #execute(StartRequest)}
     * @throws ValueRefusedException if JSON can't carry the input
     */
    public CompletableFuture<SagaResult> execute(String saga, Object input, StartOptions options) {
        return execute(StartRequest.of(saga, input, options, values));
    }

    /**
     * Starts a saga.
     *
     * @param saga the name of a registered saga
     * @param input its input, an object in JSON; null is an empty one, and a {@code String} is JSON text
     * @return completed when the start is durable; fails with {@link RefusedException}
     * @throws ValueRefusedException if JSON can't carry the input
     */
    public CompletableFuture<SagaHandle> start(String saga, Object input) {
        return start(saga, input, StartOptions.DEFAULT);
    }

    /**
     * Starts a saga. The same id again, with the same saga and the same input, joins the first run.
     *
     * @param saga the name of a registered saga
     * @param input its input, an object in JSON; null is an empty one, and a {@code String} is JSON text
     * @param options its id and its limit
     * @return completed when the start is durable; fails with {@link RefusedException}
     * @throws ValueRefusedException if JSON can't carry the input
     */
    public CompletableFuture<SagaHandle> start(String saga, Object input, StartOptions options) {
        return start(StartRequest.of(saga, input, options, values)).thenApply(id -> new SagaHandle(this, id));
    }

    /**
     * Starts a saga. The same id again, with the same saga and the same input, joins the first run.
     *
     * @param request what to start
     * @return completed with the saga's id when the start is durable; fails with {@link RefusedException}
     */
    public CompletableFuture<String> start(StartRequest request) {
        return change(request.correlationId(), (turn, answer) -> {
            calls.start(turn, request);
            turn.whenDurable(() -> answer.done(request.correlationId()));
        });
    }

    /**
     * Starts a saga and waits for its end.
     *
     * @param request what to start
     * @return completed with the result when the saga has ended or waits for a person; fails with {@link RefusedException}
     */
    public CompletableFuture<SagaResult> execute(StartRequest request) {
        return change(request.correlationId(), (turn, answer) -> {
            calls.start(turn, request);
            calls.waitFor(turn, request.correlationId(), answer);
        });
    }

    /**
     * Waits for a saga's end.
     *
     * @param correlationId its id
     * @return completed with the result when the saga has ended or waits for a person; fails with {@link RefusedException}
     */
    public CompletableFuture<SagaResult> result(String correlationId) {
        return ask(correlationId, (turn, answer) -> calls.waitFor(turn, correlationId, answer));
    }

    /**
     * Looks a saga up.
     *
     * @param correlationId its id
     * @return its name and status; fails with {@link RefusedException}
     */
    public CompletableFuture<SagaInfo> get(String correlationId) {
        return ask(correlationId, (turn, answer) -> {
            SagaInfo info = sagas.info(correlationId);
            turn.whenDurable(() -> answer.done(info));
        });
    }

    /**
     * Lists sagas, those that have ended too, the newest start first.
     *
     * @param query which ones
     * @return what the store tells of them; fails with {@link RefusedException} when the engine is closed
     */
    public CompletableFuture<List<Store.Header>> list(SagaQuery query) {
        return queries.list(query.inStore());
    }

    /**
     * Tells all that has happened to a saga.
     *
     * @param correlationId its id
     * @return its definition and its facts, in order; fails with {@link RefusedException}
     */
    public CompletableFuture<Store.StoredSaga> history(String correlationId) {
        return queries.history(correlationId);
    }

    /**
     * Tells how a saga stands: its graph, its values, where each step is. Works for one that runs elsewhere, too.
     *
     * @param correlationId its id
     * @param newerThan the {@link SagaInspection#version version} that the caller has; 0 for none
     * @return the saga; empty if nothing has happened since that version; fails with {@link RefusedException}
     */
    public CompletableFuture<Optional<SagaInspection>> inspect(String correlationId, long newerThan) {
        return queries.inspect(correlationId, newerThan);
    }

    /**
     * Counts the sagas in the store by name and status. Counts are at least a second old before they are taken anew.
     *
     * @return one for each name and status that occur; fails with {@link RefusedException} when the engine is closed
     */
    public CompletableFuture<List<SagaCount>> count() {
        return queries.count();
    }

    /**
     * Reads everything that the store holds, and checks it.
     *
     * @return what was found; fails with {@link RefusedException} when the engine is closed
     */
    public CompletableFuture<StoreReport> verify() {
        return queries.verify();
    }

    /** {@return what takes sagas out of the store as a file, and such files in} */
    public Transfers transfers() {
        return transfers;
    }

    /**
     * Calls a listener with each event that a step publishes, in order, on a thread of the engine's.
     *
     * @param listener who is told; if it throws, that is logged
     */
    public void onEvent(Consumer<? super SagaEvent> listener) {
        listeners.addToEvents(listener);
    }

    /**
     * Calls a listener with each saga that needs a person, on a thread of the engine's.
     *
     * @param listener who is told; if it throws, that is logged
     */
    public void onParked(Consumer<? super ParkedSaga> listener) {
        listeners.addToParked(listener);
    }

    /**
     * Cancels a saga: what runs is told to stop, and everything done is undone.
     *
     * @param correlationId its id
     * @param reason for people; may be empty
     * @return true if it is being cancelled, by this call or an earlier one; false if it compensates for another reason, or had ended;
     *     fails with {@link RefusedException}, also when the saga's pivot has succeeded
     */
    public CompletableFuture<Boolean> cancel(String correlationId, String reason) {
        return ask(correlationId, (turn, answer) ->
                calls.cancel(turn, correlationId, reason, answer, () -> cancel(correlationId, reason)));
    }

    /**
     * Takes a person's decision about a saga that waits for one.
     *
     * @param request what they decided
     * @return how the saga stands then; fails with {@link RefusedException} if nothing waits for such a decision
     */
    public CompletableFuture<SagaInfo> resolve(ResolveRequest request) {
        return ask(request.correlationId(), (turn, answer) -> calls.resolve(turn, request, answer, () -> resolve(request)));
    }

    /**
     * Where a person's decisions go.
     *
     * @param who they are, for the sagas' histories
     * @return what they can decide
     */
    public Decisions decisionsOf(String who) {
        return new Decisions(this, values, who);
    }

    /**
     * Tells the engine which attempts its executor runs, the first time or after its process was replaced, and begins to take over
     * what an earlier engine has left in the store.
     *
     * @param running the attempts that it still runs, each with the time that it has had, in milliseconds; all others are lost
     */
    public void adopt(Map<AttemptId, Long> running) {
        loop.submit(turn -> {
            runs.adopt(turn, running);
            recovery.begin();
            pump.open(loop::submit);
        });
    }

    /**
     * Tells that events have arrived where they are published. They need not be kept any longer.
     *
     * @param upTo the position of the last one, as the builder's {@link SagaEngineBuilder#publisher} got it
     */
    public void published(long upTo) {
        pump.published(upTo);
    }

    /** {@return completed when every event of what was asked for so far has been published} */
    public CompletableFuture<Void> allPublished() {
        return ask((turn, answer) -> turn.whenDurable(() -> pump.whenEmpty().thenRun(() -> answer.done(null))));
    }

    /**
     * Holds attempts back, as while the executor is being replaced, until {@link #adopt}.
     *
     * @return completed when no more are handed out
     */
    public CompletableFuture<Void> pause() {
        return ask((turn, answer) -> {
            runs.pause();
            turn.whenDurable(() -> answer.done(null));
        });
    }

    /**
     * Hands nothing out any more, and waits for the steps that run in this JVM.
     *
     * @return completed when none runs, and all their outcomes are durable
     */
    public CompletableFuture<Void> drain() {
        CompletableFuture<Void> held = pause();
        return handlers == null ? held : held.thenCompose(nothing -> handlers.idle()).thenCompose(nothing -> pause());
    }

    /**
     * Calls back when everything asked for so far is durable.
     *
     * @param action what to call, on the engine's thread
     */
    public void whenDurable(Runnable action) {
        loop.submit(turn -> turn.whenDurable(action));
    }

    /** {@return why the engine is broken, and takes nothing more; empty if it is not} */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(defect);
    }

    /** {@return how many sagas in the store have not ended and are run by no other engine} */
    public long unfinishedCount() {
        return recovery.leftCount();
    }

    /** {@return what the store calls itself} */
    public String storeDescription() {
        return store.description();
    }

    /** Makes sure, before anything else is answered, that no other engine has taken over what this one runs; if one has, this one fails. */
    public void prove() {
        loop.submit(turn -> store.prove());
    }

    /** Completed when ownership has been proved anew, and with it all that was asked for earlier. */
    private CompletableFuture<Void> proof() {
        return ask((turn, answer) -> {
            store.prove();
            turn.whenDurable(() -> answer.done(null));
        });
    }

    /** {@return when that was last known, in milliseconds of the machine's monotonic clock; empty if nobody can take over} */
    public OptionalLong provedMs() {
        return store.provedMs();
    }

    /** {@return this engine's number among the owners of the store} */
    public long owner() {
        return store.owner();
    }

    /** {@return the owner's fence, which attempts carry} */
    public long fence() {
        return store.fence();
    }

    /** {@return what the engine has done since it was built, and what it holds now} */
    public CompletableFuture<EngineStats> stats() {
        return ask((turn, answer) -> turn.whenDurable(() -> answer.done(runs.stats())));
    }

    /**
     * Lets running steps of registered code finish, within the builder's {@code shutdownTimeoutMs}, and stops; a step that calls it is not
     * waited for, nor is what another executor runs. Futures that still wait for a saga's end fail with {@link OutcomeUnknownException}.
     */
    @Override
    public void close() {
        try {
            if (handlers != null) {
                if (!loop.isCalledByItself()) {
                    handlers.finish(this::drain, shutdownTimeoutMs);
                }
                handlers.close();
            }
            loop.close();
            listeners.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        answers.failAll(new OutcomeUnknownException("The engine was closed before it could answer."));
        queries.close();
        transfers.close();
        reader.close();
        pump.close();
        store.close();
    }

    /** Does what is due now, if there is no thread that does; false if nothing was. */
    boolean runTurn() {
        return loop.runTurn();
    }

    private void broke(Throwable why) {
        defect = why;
        if (handlers != null) {
            handlers.close();
        }
        runs.broke(why);
        answers.failAll(new OutcomeUnknownException("The engine has failed before it could answer: " + why, why));
    }

    /** This engine runs the saga from now on: who waited for another's end of it waits for this one's. */
    private void takenOver(Turn turn, SagaRun run) {
        elsewhere.noLongerAwaited(run.correlationId()).forEach(answer -> calls.waitFor(turn, run, answer));
    }

    private <T> CompletableFuture<T> change(String correlationId, Question<T> question) {
        return store.isReadOnly() ? CompletableFuture.failedFuture(RefusedException.observer(store)) : ask(correlationId, question);
    }

    private <T> CompletableFuture<T> ask(String correlationId, Question<T> question) {
        return ask((turn, answer) -> turn.ask(correlationId, current -> question.answer(current, answer)));
    }

    private <T> CompletableFuture<T> ask(Question<T> question) {
        Answers.Answer<T> answer = answers.open();
        if (!loop.submit(turn -> question.answer(turn, answer))) {
            answer.fail(new RefusedException(RefusedException.Code.CLOSING,
                    defect == null ? "The engine is closed." : "The engine has failed and takes nothing more: " + defect));
        }
        return answer.future();
    }
}
