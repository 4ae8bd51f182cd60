package dev.fireflytx.engine;

import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.machine.Direction;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Runs steps as Java code, in the threads of an executor.
 *
 * <pre>{@code
 * HandlerExecutor handlers = HandlerExecutor.builder(Executors.newCachedThreadPool())
 *         .step("order", "charge", call -> payments.charge(call.data(), call.idempotencyKey()))
 *         .compensation("order", "charge", call -> payments.refund(call.data()))
 *         .build();
 * }</pre>
 *
 * <p>A thread can't be stopped, so an attempt whose time is up, or whose saga was cancelled, runs on until its handler returns. Until
 * then its step is neither retried nor undone; handlers should give limits of their own to what they wait for.
 */
public final class HandlerExecutor implements StepExecutor {
    private record Target(String saga, String step, Direction direction) {}

    /** Does an attempt's work and says how it ended. */
    private interface Work {
        Outcome run(StepCall call) throws Exception;
    }

    private final Executor threads;
    private final Map<Target, Work> work;
    private final Map<String, String> versions;
    private final Map<StepKind, Integer> capacities;
    private volatile Reports reports;

    private HandlerExecutor(Builder options) {
        threads = options.threads;
        work = Map.copyOf(options.work);
        versions = Map.copyOf(options.versions);
        capacities = new EnumMap<>(options.capacities);
    }

    /**
     * Starts an executor without handlers.
     *
     * @param threads runs the handlers
     * @return options, each with its default
     */
    public static Builder builder(Executor threads) {
        return new Builder(threads);
    }

    @Override
    public void open(Reports target) {
        reports = target;
    }

    @Override
    public int capacity(StepKind kind) {
        return capacities.getOrDefault(kind, Integer.MAX_VALUE);
    }

    @Override
    public void start(Task task) {
        AttemptId attempt = task.attempt();
        Work found = find(task);
        try {
            threads.execute(() -> reports.report(attempt, run(found, new StepCall(task))));
        } catch (RuntimeException e) { // the executor is closed or full
            reports.report(attempt, new Outcome.Failed(SagaError.of(e), true, JsonObject.EMPTY));
        }
    }

    /** Does nothing, since a thread can't be stopped: the attempt reports when its handler returns. */
    @Override
    public void stop(AttemptId attempt, StopReason reason) {
        // see the class comment
    }

    private static Outcome run(Work work, StepCall call) {
        try {
            return work.run(call);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome.Failed(SagaError.of(e), true, call.writes());
        } catch (Throwable e) { // an error too: an attempt that reports nothing would keep its place for ever
            return new Outcome.Failed(SagaError.of(e), !(e instanceof NonRetryableException), call.writes());
        }
    }

    private Work find(Task task) {
        Optional<String> version = Optional.ofNullable(versions.get(task.saga()));
        if (!version.equals(task.version())) {
            return missing(ofAnotherVersion(task, version));
        }
        Work found = work.get(new Target(task.saga(), task.attempt().step(), task.attempt().direction()));
        return found == null ? missing(withoutHandler(task.attempt())) : found;
    }

    /** What was done must not be undone because somebody forgot a handler: a person decides. */
    private static Work missing(String what) {
        return call -> new Outcome.Missing(SagaError.of("HandlerGoneError", what));
    }

    private static String ofAnotherVersion(Task task, Optional<String> found) {
        String began = task.version().map(version -> "with version '" + version + "'").orElse("without a version");
        String have = found.map(version -> "version '" + version + "'").orElse("no version");
        return "This run of saga '" + task.saga() + "' began " + began + "; the handlers of this HandlerExecutor have " + have
                + ". Bring those of the run's version back, and retry.";
    }

    private static String withoutHandler(AttemptId attempt) {
        String what = switch (attempt.direction()) {
            case CONDITION -> "condition";
            case FORWARD -> "handler";
            case BACKWARD -> "compensation";
        };
        return "Step '" + attempt.step() + "' has no " + what + " in this HandlerExecutor. Add one with its builder, and retry.";
    }

    /** Collects handlers. */
    public static final class Builder {
        private final Executor threads;
        private final Map<Target, Work> work = new HashMap<>();
        private final Map<String, String> versions = new HashMap<>();
        private final Map<StepKind, Integer> capacities = new EnumMap<>(StepKind.class);

        private Builder(Executor threads) {
            this.threads = Objects.requireNonNull(threads, "threads");
        }

        /**
         * {@return this builder}
         *
         * @param saga the saga's name
         * @param step the step's id
         * @param handler does the step
         * @throws IllegalArgumentException if the step has a handler
         */
        public Builder step(String saga, String step, StepHandler handler) {
            return add(new Target(saga, step, Direction.FORWARD), returning(handler));
        }

        /**
         * {@return this builder}
         *
         * @param saga the saga's name
         * @param step the step's id
         * @param handler undoes the step
         * @throws IllegalArgumentException if the step has a compensation
         */
        public Builder compensation(String saga, String step, StepHandler handler) {
            return add(new Target(saga, step, Direction.BACKWARD), returning(handler));
        }

        /**
         * {@return this builder}
         *
         * @param saga the saga's name
         * @param step the step's id
         * @param condition decides whether the step runs
         * @throws IllegalArgumentException if the step has a condition
         */
        public Builder condition(String saga, String step, StepCondition condition) {
            Objects.requireNonNull(condition, "condition");
            return add(new Target(saga, step, Direction.CONDITION), call -> new Outcome.Verdict(condition.test(call)));
        }

        /**
         * {@return this builder}
         *
         * @param saga the saga's name
         * @param version the one that its handlers are for; a run that began with another one waits for a person. None by default
         */
        public Builder version(String saga, String version) {
            versions.put(saga, version);
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param kind of attempts
         * @param attempts how many of them may be out at once; without limit by default
         */
        public Builder capacity(StepKind kind, int attempts) {
            capacities.put(kind, attempts);
            return this;
        }

        /** {@return the executor, for one engine} */
        public HandlerExecutor build() {
            return new HandlerExecutor(this);
        }

        private Builder add(Target target, Work added) {
            if (work.putIfAbsent(target, added) != null) {
                throw new IllegalArgumentException("Saga '" + target.saga() + "': step '" + target.step()
                        + "' has two handlers for the direction " + target.direction() + ".");
            }
            return this;
        }

        private static Work returning(StepHandler handler) {
            Objects.requireNonNull(handler, "handler");
            return call -> {
                String result = handler.handle(call);
                return new Outcome.Succeeded(result == null ? JsonObject.EMPTY : result, call.writes());
            };
        }
    }
}
