package dev.fireflytx.engine;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.SagaPlan;
import dev.fireflytx.core.json.CanonicalJson;
import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonObject;
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
    private final Answers answers;
    private final ValueLimit limit;
    private volatile Throwable defect;

    private SagaEngine(Builder options) {
        store = options.store;
        answers = new Answers(options.callbacks);
        limit = new ValueLimit(options.valueLimitBytes);
        runs = new Runs(new Runs.Setting(options.clock, options.jitter, store, options.executor, options.settleMs, limit),
                options.listener);
        loop = new EngineLoop(options.clock, store, runs, this::broke);
        runs.submitLaterTo(loop::submit);
        options.executor.open(new LoopReports());
        loop.start();
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
    }

    /**
     * Starts a saga. The same id again, with the same saga and the same input, joins the first run.
     *
     * @param request what to start
     * @return completed with the saga's id when the start is durable; fails with {@link RefusedException}
     */
    public CompletableFuture<String> start(StartRequest request) {
        return ask((turn, answer) -> start(turn, request,
                run -> turn.whenDurable(() -> answer.done(run.correlationId())),
                ended -> answer.done(request.correlationId())));
    }

    /**
     * Starts a saga and waits for its end.
     *
     * @param request what to start
     * @return completed with the result when the saga has ended or waits for a person; fails with {@link RefusedException}
     */
    public CompletableFuture<SagaResult> execute(StartRequest request) {
        return ask((turn, answer) -> start(turn, request,
                run -> waitFor(turn, run, answer), ended -> answer.done(ended.result())));
    }

    /**
     * Waits for a saga's end.
     *
     * @param correlationId its id
     * @return completed with the result when the saga has ended or waits for a person; fails with {@link RefusedException}
     */
    public CompletableFuture<SagaResult> result(String correlationId) {
        return ask((turn, answer) -> find(correlationId,
                run -> waitFor(turn, run, answer), ended -> answer.done(ended.result())));
    }

    /**
     * Looks a saga up.
     *
     * @param correlationId its id
     * @return its name and status; fails with {@link RefusedException}
     */
    public CompletableFuture<SagaInfo> get(String correlationId) {
        return ask((turn, answer) -> find(correlationId,
                run -> {
                    SagaInfo info = new SagaInfo(correlationId, run.saga(), SagaStatus.of(run.state()));
                    turn.whenDurable(() -> answer.done(info));
                },
                ended -> answer.done(
                        new SagaInfo(correlationId, ended.result().saga(), ended.result().status()))));
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
        return ask((turn, answer) -> find(correlationId,
                run -> cancel(turn, run, reason, answer), ended -> answer.done(false)));
    }

    /**
     * Tells the engine that its executor's process was replaced.
     *
     * @param running the attempts that it still runs, each with the time that it has had, in milliseconds; all others are lost
     */
    public void adopt(Map<AttemptId, Long> running) {
        loop.submit(turn -> {
            runs.adopt(turn, running);
            runs.pause(false);
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
        store.close();
    }

    private void broke(Throwable why) {
        defect = why;
        runs.broke(why);
        answers.failAll(new OutcomeUnknownException("The engine has failed before it could answer: " + why, why));
    }

    private void start(Turn turn, StartRequest request, Consumer<SagaRun> joined,
            Consumer<Store.EndedSaga> ended) {
        SagaPlan plan = plans.get(request.saga());
        if (plan == null) {
            throw new RefusedException(RefusedException.Code.UNKNOWN_SAGA, unknownSaga(request.saga()));
        }
        String hash = hashOf(request);
        Optional<SagaRun> running = runs.find(request.correlationId());
        Optional<Store.EndedSaga> before = store.ended(request.correlationId());
        if (running.isPresent()) {
            checkSame(request, hash, running.get().saga(), running.get().inputHash());
            joined.accept(running.get());
        } else if (before.isPresent()) {
            checkSame(request, hash, before.get().result().saga(), before.get().inputHash());
            ended.accept(before.get());
        } else {
            SagaRun run = new SagaRun(request.correlationId(), hash, plan);
            joined.accept(run);
            runs.begin(turn, run, request.input(), request.timeoutMs());
        }
    }

    private String hashOf(StartRequest request) {
        try {
            JsonObject.split(request.input());
            limit.check(request.input(), "the input");
            return CanonicalJson.hash(request.input());
        } catch (JsonException e) {
            throw new RefusedException(RefusedException.Code.MALFORMED,
                    "Saga '" + request.saga() + "' can't start with this input: " + e.getMessage() + ".");
        }
    }

    private static void checkSame(StartRequest request, String hash, String saga, String inputHash) {
        if (!saga.equals(request.saga())) {
            throw conflict(request, "a run of saga '" + saga + "'");
        }
        if (!inputHash.equals(hash)) {
            throw conflict(request, "a run of this saga with another input");
        }
    }

    private static RefusedException conflict(StartRequest request, String owner) {
        return new RefusedException(RefusedException.Code.ID_CONFLICT,
                "Saga '" + request.saga() + "' can't start as '" + request.correlationId() + "': that id belongs to " + owner
                        + ". Use another correlation_id, or the same input.");
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

    private void find(String correlationId, Consumer<SagaRun> running, Consumer<Store.EndedSaga> ended) {
        Optional<SagaRun> run = runs.find(correlationId);
        if (run.isPresent()) {
            running.accept(run.get());
            return;
        }
        ended.accept(store.ended(correlationId).orElseThrow(() -> new RefusedException(
                RefusedException.Code.UNKNOWN_ID,
                "No saga has the id '" + correlationId + "' here, or it is no longer kept.")));
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
            loop.submit(turn -> runs.report(turn, attempt, outcome));
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
        private EngineClock clock = EngineClock.system();
        private DoubleSupplier jitter = () -> ThreadLocalRandom.current().nextDouble();
        private Executor callbacks = ForkJoinPool.commonPool();
        private long settleMs = 30_000;
        private long valueLimitBytes = 2L << 20;

        private Builder() {}

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
         * @param value the engine's time
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
