package dev.fireflytx.engine;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.SagaPlan;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.machine.SagaState;
import dev.fireflytx.core.machine.Signal;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

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
    private final Store store;
    private final Runs runs;
    private final EngineLoop loop;
    private final Recovery recovery;
    private final SagaDirectory sagas;
    private final Elsewhere elsewhere;
    private final Neighbours neighbours;
    private final Answers answers;
    private final ValueLimit limit;
    private final BackgroundReader reader;
    private final BackgroundReader verifier;
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
        reader = new BackgroundReader("fireflytx-reader");
        verifier = new BackgroundReader("fireflytx-verify");
        Executor reading = options.byHand ? Runnable::run : reader;
        elsewhere = new Elsewhere(store, reading, loop::submit);
        recovery = new Recovery(store, runs, loop::submit, reading, elsewhere::takenOver);
        sagas = new SagaDirectory(store, runs, recovery);
        neighbours = new Neighbours(this, store, recovery, elsewhere, loop::submit);
        queries = new Queries(store, reader, verifier, answers, loop::submit);
        options.executor.open(new LoopReports());
        store.watch(neighbours);
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
        sagas.add(SagaPlan.of(definition));
        loop.submit(turn -> recovery.registered(definition.name()));
    }

    /**
     * Starts a saga. The same id again, with the same saga and the same input, joins the first run.
     *
     * @param request what to start
     * @return completed with the saga's id when the start is durable; fails with {@link RefusedException}
     */
    public CompletableFuture<String> start(StartRequest request) {
        return change(request.correlationId(), (turn, answer) -> {
            start(turn, request);
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
            start(turn, request);
            waitFor(turn, request.correlationId(), answer);
        });
    }

    /**
     * Waits for a saga's end.
     *
     * @param correlationId its id
     * @return completed with the result when the saga has ended or waits for a person; fails with {@link RefusedException}
     */
    public CompletableFuture<SagaResult> result(String correlationId) {
        return ask(correlationId, (turn, answer) -> waitFor(turn, correlationId, answer));
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

    /** {@return what can be asked about sagas, those that have ended too} */
    public Queries queries() {
        return queries;
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
        return change(correlationId, (turn, answer) -> {
            if (sagas.info(correlationId).status().isEnd()) {
                turn.whenDurable(() -> answer.done(false)); // whatever is still kept of it
                return;
            }
            sagas.find(turn, correlationId).ifPresentOrElse(run -> cancel(turn, run, reason, answer),
                    () -> askOwner(correlationId, RequestJson.cancel(reason), answer, RequestJson::readAccepted, () -> cancel(correlationId, reason)));
        });
    }

    /**
     * Takes a person's decision about a saga that waits for one.
     *
     * @param request what they decided
     * @return how the saga stands then; fails with {@link RefusedException} if nothing waits for such a decision
     */
    public CompletableFuture<SagaInfo> resolve(ResolveRequest request) {
        String id = request.correlationId();
        return change(id, (turn, answer) -> sagas.findToChange(turn, id).ifPresentOrElse(
                run -> resolve(turn, run, request, answer),
                () -> askOwner(id, RequestJson.resolve(request), answer, found -> RequestJson.readInfo(id, found), () -> resolve(request))));
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
        });
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
     * Calls back when everything asked for so far is durable.
     *
     * @param action what to call, on the engine's thread
     */
    public void whenDurable(Runnable action) {
        loop.submit(turn -> turn.whenDurable(action));
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
        verifier.close();
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

    /** Does nothing if the saga had been started before, here or elsewhere. */
    private void start(Turn turn, StartRequest request) {
        SagaPlan plan = sagas.plan(request.saga());
        String hash = Identity.hashOf(request, limit);
        if (sagas.isStarted(request, hash)) {
            return;
        }
        SagaRun run = SagaRun.fresh(request.correlationId(), hash, plan, store);
        runs.begin(turn, run, request.input(), request.timeoutMs());
    }

    private void waitFor(Turn turn, String correlationId, Answers.Answer<SagaResult> answer) {
        sagas.find(turn, correlationId).ifPresentOrElse(run -> waitFor(turn, run, answer), () -> {
            elsewhere.waitFor(correlationId, answer);
            neighbours.await();
        });
    }

    /** Passes a question on to the engine that runs the saga; if it ends before that answers, the question is asked here again. */
    private <T> void askOwner(String correlationId, String request, Answers.Answer<T> answer, Function<JsonObject, T> read,
            Supplier<CompletableFuture<T>> again) {
        elsewhere.ask(correlationId, request, answer, read, again);
        neighbours.await();
    }

    private void waitFor(Turn turn, SagaRun run, Answers.Answer<SagaResult> answer) {
        if (run.state().isParked() || run.state().phase().isEnded()) {
            SagaResult result = ResultBuilder.of(run);
            turn.whenDurable(() -> answer.done(result));
        } else {
            run.waiting().add(answer::done);
        }
    }

    private void resolve(Turn turn, SagaRun run, ResolveRequest request, Answers.Answer<SagaInfo> answer) {
        Resolutions.apply(turn, runs, run, request);
        SagaInfo info = sagas.info(request.correlationId());
        turn.whenDurable(() -> answer.done(info));
    }

    private void cancel(Turn turn, SagaRun run, String reason, Answers.Answer<Boolean> answer) {
        if (run.state().isPivotPassed() && !run.state().phase().isEnded()) {
            throw new RefusedException(RefusedException.Code.PIVOT_PASSED,
                    "Saga '" + run.saga() + "' " + run.correlationId() + " can't be cancelled: its pivot '"
                            + run.plan().step(run.plan().pivot()).id() + "' has succeeded, so it only goes forward.");
        }
        runs.apply(turn, run, new Signal.Cancel(reason));
        boolean accepted = !run.state().phase().isEnded() && run.state().cause() instanceof SagaState.Cause.Cancelled;
        turn.whenDurable(() -> answer.done(accepted));
    }

    private <T> CompletableFuture<T> change(String correlationId, Question<T> question) {
        return store.isReadOnly() ? CompletableFuture.failedFuture(RefusedException.observer(store)) : ask(correlationId, question);
    }

    private <T> CompletableFuture<T> ask(String correlationId, Question<T> question) {
        return ask((turn, answer) -> turn.ask(correlationId, current -> answered(current, question, answer)));
    }

    private <T> CompletableFuture<T> ask(Question<T> question) {
        Answers.Answer<T> answer = answers.open();
        if (!loop.submit(turn -> answered(turn, question, answer))) {
            answer.fail(new RefusedException(RefusedException.Code.CLOSING, closedMessage()));
        }
        return answer.future();
    }

    private static <T> void answered(Turn turn, Question<T> question, Answers.Answer<T> answer) {
        try {
            question.ask(turn, answer);
        } catch (RefusedException e) {
            turn.whenDurable(() -> answer.fail(e));
        }
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
                sagas.takeOverIfLeft(turn, attempt.correlationId());
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
