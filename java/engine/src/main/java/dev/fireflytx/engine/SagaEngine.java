package dev.fireflytx.engine;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.SagaPlan;
import dev.fireflytx.core.machine.Signal;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;

/**
 * Runs sagas.
 *
 * <p>Safe from any thread. Every method returns at once; futures complete when what they promise is durable.
 *
 * <pre>{@code
 * try (SagaEngine engine = SagaEngine.builder().executor(handlers).build()) {
 *     engine.register(definition);
 *     SagaResult result = engine.execute(new StartRequest("order", "order-17", "{\"amount\": 5}")).join();
 * }
 * }</pre>
 */
public final class SagaEngine implements AutoCloseable {
    private final Map<String, SagaPlan> plans = new ConcurrentHashMap<>();
    private final Store store;
    private final Runs runs;
    private final EngineLoop loop;
    private final Recovery recovery;
    private final Answers answers;
    private final ValueLimit limit;
    private final BackgroundReader reader;
    private final Queries queries;
    private volatile Throwable defect;

    private SagaEngine(Builder options) {
        store = options.store;
        answers = new Answers(options.callbacks);
        limit = new ValueLimit(options.valueLimitBytes);
        EngineClock clock = options.clock == null ? store.clock() : options.clock;
        runs = new Runs(new Runs.Setting(clock, options.jitter, store, options.executor, options.settleMs, limit),
                options.listener);
        loop = new EngineLoop(clock, store, runs, this::broke);
        runs.submitLaterTo(loop::submit);
        reader = new BackgroundReader();
        recovery = new Recovery(store, runs, loop::submit, plans::containsKey, options.byHand ? Runnable::run : reader);
        queries = new Queries(store, reader, answers, loop::submit);
        options.executor.open(new LoopReports());
        loop.start(!options.byHand);
    }

    /** {@return options, each with its default} */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Makes a saga known under its name. Registering it again replaces it for runs that start later.
     *
     * @param definition what to run
     * @throws dev.fireflytx.core.definition.InvalidDefinitionException if it can't be run
     */
    public void register(SagaDefinition definition) {
        plans.put(definition.name(), SagaPlan.of(definition));
        loop.submit(turn -> recovery.registered(definition.name()));
    }

    /**
     * Starts a saga. The same id again, with the same saga and the same input, joins the first run.
     *
     * @param request what to start
     * @return completed with the saga's id when the start is durable; fails with {@link RefusedException}
     */
    public CompletableFuture<String> start(StartRequest request) {
        return ask((turn, answer) -> start(turn, request,
                run -> turn.whenDurable(() -> answer.done(run.correlationId()))));
    }

    /**
     * Starts a saga and waits for its end.
     *
     * @param request what to start
     * @return completed with the result when the saga has ended or waits for a person; fails with {@link RefusedException}
     */
    public CompletableFuture<SagaResult> execute(StartRequest request) {
        return ask((turn, answer) -> start(turn, request, run -> waitFor(turn, run, answer)));
    }

    /**
     * Waits for a saga's end.
     *
     * @param correlationId its id
     * @return completed with the result when the saga has ended or waits for a person; fails with {@link RefusedException}
     */
    public CompletableFuture<SagaResult> result(String correlationId) {
        return ask((turn, answer) -> waitFor(turn, find(turn, correlationId), answer));
    }

    /**
     * Looks a saga up.
     *
     * @param correlationId its id
     * @return its name and status; fails with {@link RefusedException}
     */
    public CompletableFuture<SagaInfo> get(String correlationId) {
        return ask((turn, answer) -> {
            SagaInfo info = info(correlationId);
            turn.whenDurable(() -> answer.done(info));
        });
    }

    /** {@return what can be asked about sagas, those that have ended too} */
    public Queries queries() {
        return queries;
    }

    /**
     * Cancels a saga: what runs is told to stop, and everything done is undone.
     *
     * @param correlationId its id
     * @param reason for people; may be empty
     * @return true if that took effect, false if it was already compensating or had ended; fails with {@link RefusedException}, also
     *     when the saga's pivot has succeeded
     */
    public CompletableFuture<Boolean> cancel(String correlationId, String reason) {
        return ask((turn, answer) -> cancel(turn, find(turn, correlationId), reason, answer));
    }

    /**
     * Takes a person's decision about a saga that waits for one.
     *
     * @param request what they decided
     * @return how the saga stands then; fails with {@link RefusedException} if nothing waits for such a decision
     */
    public CompletableFuture<SagaInfo> resolve(ResolveRequest request) {
        return ask((turn, answer) -> {
            Resolutions.apply(turn, runs, find(turn, request.correlationId()), request);
            SagaInfo info = info(request.correlationId());
            turn.whenDurable(() -> answer.done(info));
        });
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
            runs.pause(false);
            recovery.begin();
        });
    }

    /**
     * Holds attempts back, as while the executor is being replaced, until {@link #adopt}.
     *
     * @return completed when no more are handed out
     */
    public CompletableFuture<Void> pause() {
        return ask((turn, answer) -> {
            runs.pause(true);
            turn.whenDurable(() -> answer.done(null));
        });
    }

    /**
     * Calls back when everything asked for so far is durable.
     *
     * @param action what to call, on the engine's thread
     */
    public void whenDurable(Runnable action) {
        loop.submit(turn -> turn.whenDurable(action));
    }

    /** {@return how many sagas in the store have not ended} */
    public long unfinishedCount() {
        return store.unfinishedCount();
    }

    /** {@return what the store calls itself} */
    public String storeDescription() {
        return store.description();
    }

    /** {@return the owner's fence, which attempts carry} */
    public long fence() {
        return store.fence();
    }

    /** Tells how much the engine holds. */
    CompletableFuture<Runs.Load> load() {
        return ask((turn, answer) -> turn.whenDurable(() -> answer.done(runs.load())));
    }

    /**
     * Finishes the turn at hand and stops. Attempts that are out are not waited for, and futures that still wait for a saga's end fail
     * with {@link OutcomeUnknownException}.
     */
    @Override
    public void close() {
        try {
            loop.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        answers.failAll(new OutcomeUnknownException("The engine was closed before it could answer."));
        reader.close();
        store.close();
    }

    /** Does what is due now, if there is no thread that does; false if nothing was. */
    boolean runTurn() {
        return loop.runTurn();
    }

    private void broke(Throwable why) {
        defect = why;
        runs.broke(why);
        answers.failAll(new OutcomeUnknownException("The engine has failed before it could answer: " + why, why));
    }

    private void start(Turn turn, StartRequest request, Consumer<SagaRun> then) {
        SagaPlan plan = plans.get(request.saga());
        if (plan == null) {
            throw new RefusedException(RefusedException.Code.UNKNOWN_SAGA, unknownSaga(request.saga()));
        }
        String hash = Identity.hashOf(request, limit);
        Optional<SagaRun> before = runs.find(request.correlationId()).or(() -> storedSame(turn, request, hash));
        if (before.isPresent()) {
            Identity.checkSame(request, hash, before.get().saga(), before.get().inputHash());
            then.accept(before.get());
            return;
        }
        SagaRun run = SagaRun.fresh(request.correlationId(), hash, plan);
        then.accept(run);
        runs.begin(turn, run, request.input(), request.timeoutMs());
    }

    /** Compared before its class is asked for, which may be another one that is not there; a new id costs one look-up. */
    private Optional<SagaRun> storedSame(Turn turn, StartRequest request, String hash) {
        return store.find(request.correlationId()).flatMap(saga -> {
            Identity.checkSame(request, hash, saga.saga(), saga.inputHash());
            return stored(turn, request.correlationId());
        });
    }

    /** A saga that is in the store alone: taken over if it has not ended, else as its facts tell it. */
    private Optional<SagaRun> stored(Turn turn, String correlationId) {
        return store.load(correlationId).map(saga -> saga.header().status().isEnd() ? ended(saga) : takeOver(turn, saga));
    }

    private SagaRun ended(Store.StoredSaga saga) {
        recovery.note(saga); // a person may reopen it here, and then nobody else is to take it over
        return SagaRun.restored(saga, SagaPlan.of(saga.definition()), store);
    }

    /** What the executor held while its engine was replaced may come before recovery has come to its saga. */
    private void takeOverIfLeft(Turn turn, String correlationId) {
        if (!recovery.isDone() && runs.find(correlationId).isEmpty()) {
            store.load(correlationId)
                    .filter(saga -> !saga.header().status().isEnd())
                    .ifPresent(saga -> recovery.take(turn, saga));
        }
    }

    private SagaRun takeOver(Turn turn, Store.StoredSaga saga) {
        SagaRun run = recovery.take(turn, saga);
        if (run == null) {
            throw new RefusedException(RefusedException.Code.UNKNOWN_SAGA, unknownSaga(saga.header().saga()));
        }
        return run;
    }

    private String unknownSaga(String name) {
        String known = plans.isEmpty() ? "none" : String.join(", ", plans.keySet().stream().sorted().toList());
        return "No saga named '" + name + "' is registered. Registered: " + known + ".";
    }

    private void waitFor(Turn turn, SagaRun run, Answers.Answer<SagaResult> answer) {
        if (run.state().isParked() || run.state().phase().isEnded()) {
            SagaResult result = ResultBuilder.of(run);
            turn.whenDurable(() -> answer.done(result));
        } else {
            run.waiting().add(answer::done);
        }
    }

    private void cancel(Turn turn, SagaRun run, String reason, Answers.Answer<Boolean> answer) {
        if (run.state().isPivotPassed() && !run.state().phase().isEnded()) {
            throw new RefusedException(RefusedException.Code.PIVOT_PASSED,
                    "Saga '" + run.saga() + "' " + run.correlationId() + " can't be cancelled: its pivot '"
                            + run.plan().step(run.plan().pivot()).id() + "' has succeeded, so it only goes forward.");
        }
        var before = run.state();
        runs.apply(turn, run, new Signal.Cancel(reason));
        boolean accepted = before != run.state();
        turn.whenDurable(() -> answer.done(accepted));
    }

    private SagaRun find(Turn turn, String correlationId) {
        return runs.find(correlationId).or(() -> stored(turn, correlationId))
                .orElseThrow(() -> RefusedException.unknownId(correlationId));
    }

    private SagaInfo info(String correlationId) {
        return runs.find(correlationId)
                .map(run -> new SagaInfo(correlationId, run.saga(), SagaStatus.of(run.state())))
                .or(() -> store.find(correlationId)
                        .map(saga -> new SagaInfo(correlationId, saga.saga(), saga.status())))
                .orElseThrow(() -> RefusedException.unknownId(correlationId));
    }

    private <T> CompletableFuture<T> ask(Question<T> question) {
        Answers.Answer<T> answer = answers.open();
        boolean taken = loop.submit(turn -> {
            try {
                question.ask(turn, answer);
            } catch (RefusedException e) {
                turn.whenDurable(() -> answer.fail(e));
            }
        });
        if (!taken) {
            answer.fail(new RefusedException(RefusedException.Code.CLOSING, closedMessage()));
        }
        return answer.future();
    }

    private String closedMessage() {
        return defect == null ? "The engine is closed." : "The engine has failed and takes nothing more: " + defect;
    }

    private interface Question<T> {
        void ask(Turn turn, Answers.Answer<T> answer);
    }

    private final class LoopReports implements Reports {
        @Override
        public void report(AttemptId attempt, Outcome outcome) {
            loop.submit(turn -> {
                takeOverIfLeft(turn, attempt.correlationId());
                runs.report(turn, attempt, outcome);
            });
        }

        @Override
        public void capacityChanged() {
            loop.submit(turn -> {});
        }
    }

    /** Options of an engine, each with its default. */
    public static final class Builder {
        private Store store = Stores.memory();
        private StepExecutor executor;
        private EngineListener listener = new EngineListener() {};
        private EngineClock clock;
        private DoubleSupplier jitter = () -> ThreadLocalRandom.current().nextDouble();
        private Executor callbacks = ForkJoinPool.commonPool();
        private long settleMs = 30_000;
        private long valueLimitBytes = 2L << 20;
        private boolean byHand;

        private Builder() {}

        /** Starts no thread: everything happens in {@link SagaEngine#runTurn}, so that a simulation decides when. */
        Builder byHand() {
            byHand = true;
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param value where sagas are kept; in memory by default
         */
        public Builder store(Store value) {
            store = Objects.requireNonNull(value);
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param value what runs the steps; has no default
         */
        public Builder executor(StepExecutor value) {
            executor = Objects.requireNonNull(value);
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param value who is told of events and log lines; the system's logger by default
         */
        public Builder listener(EngineListener value) {
            listener = Objects.requireNonNull(value);
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param value the engine's time; the store's by default
         */
        public Builder clock(EngineClock value) {
            clock = Objects.requireNonNull(value);
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param value gives numbers from 0 (inclusive) to 1 (exclusive), for the pauses before retries
         */
        public Builder jitter(DoubleSupplier value) {
            jitter = Objects.requireNonNull(value);
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param value where futures complete; the common pool by default
         */
        public Builder callbacks(Executor value) {
            callbacks = Objects.requireNonNull(value);
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param value how long an attempt that was told to stop may take to end before its step is parked, in milliseconds; 30 000
         *     by default
         */
        public Builder settleMs(long value) {
            settleMs = value;
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param value the largest value, in bytes of UTF-8; 2 MiB by default
         */
        public Builder valueLimitBytes(long value) {
            valueLimitBytes = value;
            return this;
        }

        /**
         * {@return a running engine}
         *
         * @throws IllegalStateException without an executor
         */
        public SagaEngine build() {
            if (executor == null) {
                throw new IllegalStateException("an engine needs an executor that runs its steps");
            }
            return new SagaEngine(this);
        }
    }
}
