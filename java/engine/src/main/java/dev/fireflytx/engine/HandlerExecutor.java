package dev.fireflytx.engine;

import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.engine.saga.ExecutableSaga;
import dev.fireflytx.engine.saga.StepCode;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Runs the code of {@link ExecutableSaga}s in threads. */
final class HandlerExecutor implements StepExecutor {
    private final StepThreads threads;
    private final Values values;
    private final Map<String, ExecutableSaga> sagas = new ConcurrentHashMap<>();
    private final Map<String, Object> instances = new ConcurrentHashMap<>();
    private final Map<AttemptId, CodeAttempt> running = new ConcurrentHashMap<>();
    private volatile BooleanSupplier mayBegin = () -> true;
    private volatile Reports reports;

    HandlerExecutor(StepThreads threads, Values values) {
        this.threads = threads;
        this.values = values;
    }

    /** Says what is asked before any code of a step begins; it may block. */
    void askBefore(BooleanSupplier permission) {
        mayBegin = permission;
    }

    /** Makes a saga's code known. */
    void add(ExecutableSaga saga) {
        ExecutableSaga other = sagas.putIfAbsent(saga.name(), saga);
        if (other != null && other != saga) {
            throw new IllegalArgumentException("Another saga named '" + saga.name() + "' is registered; in an engine each has a name of its own.");
        }
    }

    @Override
    public void open(Reports target) {
        reports = target;
    }

    @Override
    public int capacity(StepKind kind) {
        return kind == StepKind.THREAD ? threads.limit() : StepThreads.MOST_OUT;
    }

    @Override
    public void start(Task task) {
        ExecutableSaga saga = sagas.get(task.saga());
        Optional<String> gone = whatIsGone(task, saga);
        if (gone.isPresent()) {
            // What was done must not be undone because somebody forgot some code: a person decides.
            reports.report(task.attempt(), new Outcome.Missing(SagaError.of("HandlerGoneError", gone.get())));
            return;
        }
        StepCode code = saga.code(task.attempt().step(), task.attempt().direction()).orElseThrow();
        CodeAttempt attempt = new CodeAttempt(
                task, code, () -> instance(saga, task), values, outcome -> ended(task.attempt(), outcome));
        running.put(task.attempt(), attempt);
        try {
            threads.executor().execute(() -> begin(task.attempt(), attempt));
        } catch (RuntimeException e) { // the executor is closed or full
            ended(task.attempt(), new Outcome.Failed(SagaError.of(e), true, JsonObject.EMPTY));
        }
    }

    private static Optional<String> whatIsGone(Task task, ExecutableSaga saga) {
        if (saga == null) {
            return Optional.of("Saga '" + task.saga() + "' was registered without code. Register an ExecutableSaga, and retry.");
        }
        if (!saga.definition().version().equals(task.version())) {
            return Optional.of(ofAnotherVersion(task, saga.definition().version()));
        }
        boolean found = saga.code(task.attempt().step(), task.attempt().direction()).isPresent();
        return found ? Optional.empty() : Optional.of(withoutCode(task));
    }

    private static String ofAnotherVersion(Task task, Optional<String> found) {
        String began = task.version().map(version -> "with version '" + version + "'").orElse("without a version");
        String have = found.map(version -> "version '" + version + "'").orElse("no version");
        return "This run of saga '" + task.saga() + "' began " + began + "; the registered saga has " + have
                + ". Register that of the run's version, and retry.";
    }

    private static String withoutCode(Task task) {
        String what = switch (task.attempt().direction()) {
            case CONDITION -> "condition";
            case FORWARD -> "step";
            case BACKWARD -> "compensation of a step";
        };
        return "This run needs the " + what + " '" + task.attempt().step() + "', which saga '" + task.saga()
                + "' does not have any more. Bring it back, and retry.";
    }

    private Object instance(ExecutableSaga saga, Task task) {
        return saga.factory().map(factory ->
                instances.computeIfAbsent(task.attempt().correlationId(), id -> factory.get())).orElse(null);
    }

    private void begin(AttemptId id, CodeAttempt attempt) {
        if (mayBegin.getAsBoolean()) {
            attempt.run();
        } else {
            forget(id); // another engine runs the saga, or none: whoever does runs the attempt again
        }
    }

    private void ended(AttemptId attempt, Outcome outcome) {
        reports.report(attempt, outcome);
        forget(attempt);
    }

    private void forget(AttemptId attempt) {
        running.remove(attempt);
        synchronized (running) {
            running.notifyAll();
        }
    }

    @Override
    public void stop(AttemptId attempt, StopReason reason) {
        CodeAttempt found = running.get(attempt);
        if (found != null) {
            found.stop();
        }
    }

    @Override
    public void runEnded(String correlationId) {
        instances.remove(correlationId);
    }

    /** {@return whether the caller is a step} */
    boolean isCalledByStep() {
        return running.values().stream().anyMatch(attempt -> attempt.isRunIn(Thread.currentThread()));
    }

    /** Waits until no attempt runs. */
    void awaitIdle(long limitMs) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMs);
        synchronized (running) {
            long leftMs = limitMs;
            while (!running.isEmpty() && leftMs > 0) {
                running.wait(leftMs);
                leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            }
        }
    }

    /** Begins nothing more. */
    void close() {
        mayBegin = () -> false;
        threads.close();
    }
}
