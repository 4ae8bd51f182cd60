package dev.fireflytx.engine;

import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.engine.saga.ExecutableSaga;
import dev.fireflytx.engine.saga.StepCode;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Runs the code of {@link ExecutableSaga}s in threads. */
final class HandlerExecutor implements StepExecutor {
    private final StepThreads threads;
    private final Values values;
    private final EngineListener listener;
    private final Map<String, ExecutableSaga> sagas = new ConcurrentHashMap<>();
    private final Map<String, Object> instances = new ConcurrentHashMap<>();
    private final Map<AttemptId, Running> running = new ConcurrentHashMap<>();
    private final AtomicReference<CompletableFuture<Void>> idle = new AtomicReference<>(new CompletableFuture<>());
    private volatile BooleanSupplier mayBegin = () -> true;
    private volatile Reports reports;

    private record Running(CodeAttempt code, Stopwatch watch) {}

    HandlerExecutor(StepThreads threads, Values values, EngineListener listener) {
        this.listener = listener;
        this.threads = threads;
        this.values = values;
    }

    /** Says what is asked before any code of a step begins; it may block. */
    void askBefore(BooleanSupplier permission) {
        mayBegin = permission;
    }

    /** Makes known what a saga has in this JVM, from now on, of code that a {@link dev.fireflytx.engine.saga.StepLibrary} brings. */
    void replace(ExecutableSaga saga) {
        sagas.put(saga.name(), saga);
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
        return switch (kind) {
            case COROUTINE -> StepThreads.MOST_OUT;
            case THREAD, JAVA -> threads.limit(); // nobody has said whether those of a library block
        };
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
        Stopwatch watch = new Stopwatch();
        CodeAttempt attempt = new CodeAttempt(task, code, () -> instance(saga, task), values, outcome -> {
            if (listener.isTracing()) {
                listener.onRan(watch.read(task, outcome));
            }
            ended(task.attempt(), outcome);
        });
        running.put(task.attempt(), new Running(attempt, watch));
        try {
            threads.executor().execute(() -> begin(task.attempt(), attempt, watch));
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

    private void begin(AttemptId id, CodeAttempt attempt, Stopwatch watch) {
        if (mayBegin.getAsBoolean()) {
            watch.start();
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
        if (running.isEmpty()) {
            idle.getAndSet(new CompletableFuture<>()).complete(null);
        }
    }

    @Override
    public void stop(AttemptId attempt, StopReason reason) {
        Running found = running.get(attempt);
        if (found != null) {
            found.watch().told(reason);
            found.code().stop();
        }
    }

    @Override
    public void runEnded(String correlationId) {
        instances.remove(correlationId);
    }

    boolean isRunning(AttemptId attempt) {
        return running.containsKey(attempt);
    }

    /** Waits until what runs has ended; what has not by then runs again with the next engine. A step waits for nothing, since it is one. */
    void finish(Supplier<CompletableFuture<Void>> drain, long limitMs) throws InterruptedException {
        if (isCalledByStep()) {
            return;
        }
        try {
            drain.get().get(limitMs, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // said above
        }
    }

    private boolean isCalledByStep() {
        return running.values().stream().anyMatch(attempt -> attempt.code().isRunIn(Thread.currentThread()));
    }

    /** {@return completed when no attempt runs; to be asked when none is started any more} */
    CompletableFuture<Void> idle() {
        CompletableFuture<Void> next = idle.get(); // before the look: whoever ends last after it completes this one
        return running.isEmpty() ? CompletableFuture.completedFuture(null) : next;
    }

    /** Begins nothing more. */
    void close() {
        mayBegin = () -> false;
        threads.close();
    }
}
