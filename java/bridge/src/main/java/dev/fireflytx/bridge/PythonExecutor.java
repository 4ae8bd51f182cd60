package dev.fireflytx.bridge;

import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.engine.AttemptId;
import dev.fireflytx.engine.Outcome;
import dev.fireflytx.engine.Reports;
import dev.fireflytx.engine.StepExecutor;
import dev.fireflytx.engine.StopReason;
import dev.fireflytx.engine.Task;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Runs steps in Python: tasks go into the outbox, outcomes come back as items. */
final class PythonExecutor implements StepExecutor {
    private final Outbox outbox;
    private final Map<StepKind, Integer> credits = new ConcurrentHashMap<>();
    private final Map<Long, CompletableFuture<Void>> pings = new ConcurrentHashMap<>();
    private final KeptInputs kept = new KeptInputs();
    private final Map<AttemptId, OnInput> onInput = new ConcurrentHashMap<>();
    private final AtomicLong lastPing = new AtomicLong();
    private volatile Reports reports;

    /** A task that has gone without its run's input, and why it was told to stop since. */
    private record OnInput(Task task, Optional<StopReason> stopped) {}

    PythonExecutor(Outbox outbox) {
        this.outbox = outbox;
    }

    @Override
    public void open(Reports target) {
        reports = target;
    }

    @Override
    public int capacity(StepKind kind) {
        return credits.getOrDefault(kind, 0);
    }

    @Override
    public boolean keepsInput(StepKind kind, String correlationId, String input) {
        return kept.find(correlationId, input).isPresent();
    }

    /** Python keeps the input of a run that it starts under this number, in this session. */
    void keepInput(String correlationId, long number, String input) {
        kept.add(correlationId, number, input);
    }

    @Override
    public void start(Task task) {
        OptionalLong number = task.isOnInput() ? kept.find(task.attempt().correlationId(), task.input()) : OptionalLong.empty();
        if (number.isPresent()) {
            onInput.put(task.attempt(), new OnInput(task, Optional.empty()));
            outbox.gather(Items.task(task, number.getAsLong()));
        } else {
            outbox.gather(Items.task(task.whole()));
        }
    }

    @Override
    public void stop(AttemptId attempt, StopReason reason) {
        onInput.computeIfPresent(attempt, (name, out) -> new OnInput(out.task(), Optional.of(reason)));
        outbox.gather(Items.cancel(attempt, reason));
    }

    /** Python has dropped the input of a run; nothing happens if it does not matter any more. */
    void needInput(AttemptId attempt) {
        kept.remove(attempt.correlationId());
        OnInput out = onInput.remove(attempt);
        if (out != null) {
            outbox.gather(Items.task(out.task().whole()));
            out.stopped().ifPresent(reason -> outbox.gather(Items.cancel(attempt, reason))); // the first one had nothing to cancel
            outbox.flush();
        }
    }

    @Override
    public void runEnded(String correlationId) {
        kept.remove(correlationId).ifPresent(number -> outbox.gather(Items.forget(number)));
    }

    @Override
    public void turnEnded() {
        outbox.flush();
    }

    @Override
    public CompletionStage<Void> roundTrip() {
        long ping = lastPing.incrementAndGet();
        CompletableFuture<Void> answered = new CompletableFuture<>();
        pings.put(ping, answered);
        outbox.gather(Items.ping(ping));
        return answered;
    }

    void pong(long ping) {
        CompletableFuture<Void> answered = pings.remove(ping);
        if (answered != null) {
            answered.complete(null);
        }
    }

    /** Python was replaced: nobody will answer what the one before was asked, nor keeps what it kept. The engine doesn't wait for such answers for long. */
    void beginSession() {
        pings.clear();
        kept.clear();
        onInput.clear();
    }

    void outcome(AttemptId attempt, Outcome outcome) {
        onInput.remove(attempt);
        reports.report(attempt, outcome);
    }

    /** How many attempts of each kind may be out at once, from now on. */
    void grant(int coroutines, int threads) {
        Integer before = credits.put(StepKind.COROUTINE, coroutines);
        Integer beforeThreads = credits.put(StepKind.THREAD, threads);
        if (before == null || beforeThreads == null || coroutines > before || threads > beforeThreads) {
            reports.capacityChanged();
        }
    }
}
