package dev.fireflytx.engine;

import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.machine.AttemptRef;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Hands attempts to the executor, as many as it has places for. An attempt that waits here has not started: its timeout does not
 * count yet. Used by the loop's thread alone.
 */
final class Dispatcher {
    /** An attempt that is handed out, and whose end is awaited. */
    record Out(AttemptId name, StepKind kind, SagaRun run, AttemptRef attempt) {}

    private record Queued(SagaRun run, AttemptRef attempt) {}

    /** Told what became of queued attempts. */
    interface Listener {
        /** An attempt was handed out, and its timeout counts from now. */
        void handedOut(SagaRun run, AttemptRef attempt, long timeoutMs);

        /** An attempt could not be handed out, since its values can't be built. */
        void refused(SagaRun run, AttemptRef attempt, String problem);
    }

    private final StepExecutor executor;
    private final TaskFactory tasks;
    private final long fence;
    private final Map<StepKind, Deque<Queued>> queues = new EnumMap<>(StepKind.class);
    private final Map<StepKind, Integer> outCounts = new EnumMap<>(StepKind.class);
    private final Map<AttemptId, Out> out = new HashMap<>();
    private boolean paused;

    Dispatcher(StepExecutor executor, TaskFactory tasks, long fence) {
        this.executor = executor;
        this.tasks = tasks;
        this.fence = fence;
        for (StepKind kind : StepKind.values()) {
            queues.put(kind, new ArrayDeque<>());
            outCounts.put(kind, 0);
        }
    }

    void pause(boolean pausing) {
        paused = pausing;
    }

    void queue(SagaRun run, AttemptRef attempt) {
        queues.get(TaskFactory.kindOf(run, attempt)).add(new Queued(run, attempt));
    }

    /** Takes back an attempt that was never handed out; false if it was. */
    boolean unqueue(SagaRun run, AttemptRef attempt) {
        return queues.get(TaskFactory.kindOf(run, attempt)).remove(new Queued(run, attempt));
    }

    /** Takes back all attempts of a run, none of which was handed out. */
    void unqueue(SagaRun run) {
        queues.values().forEach(queue -> queue.removeIf(queued -> queued.run() == run));
    }

    void stop(SagaRun run, AttemptRef attempt, StopReason reason) {
        AttemptId name = run.name(attempt, fence);
        Out known = out.get(name.ofAnyOwner());
        executor.stop(known == null ? name : known.name(), reason);
    }

    /** Hands out what there is room for. */
    void pump(Listener listener) {
        if (paused) {
            return;
        }
        for (StepKind kind : StepKind.values()) {
            Deque<Queued> queue = queues.get(kind);
            while (!queue.isEmpty() && outCounts.get(kind) < executor.capacity(kind)) {
                handOut(kind, queue.remove(), listener);
            }
        }
    }

    private void handOut(StepKind kind, Queued next, Listener listener) {
        Task task;
        try {
            task = tasks.task(next.run(), next.attempt());
        } catch (JsonException e) {
            listener.refused(next.run(), next.attempt(), e.getMessage());
            return;
        }
        noteOut(task.attempt(), next.run(), next.attempt());
        listener.handedOut(next.run(), next.attempt(), task.timeoutMs());
        executor.start(task);
    }

    /** Takes an attempt for handed out, by this engine or by the journal's owner before it. */
    void noteOut(AttemptId name, SagaRun run, AttemptRef attempt) {
        StepKind kind = TaskFactory.kindOf(run, attempt);
        if (out.put(name.ofAnyOwner(), new Out(name, kind, run, attempt)) == null) {
            outCounts.merge(kind, 1, Integer::sum);
        }
    }

    /** An attempt ended: its place is free. Null if it was not out. */
    Out ended(AttemptId attempt) {
        Out ended = out.remove(attempt.ofAnyOwner());
        if (ended != null) {
            outCounts.merge(ended.kind(), -1, Integer::sum);
        }
        return ended;
    }

    /** {@return every attempt that is out} */
    List<Out> allOut() {
        return List.copyOf(out.values());
    }

    int queuedCount() {
        return queues.values().stream().mapToInt(Deque::size).sum();
    }

    int outCount() {
        return out.size();
    }

    Out find(AttemptId attempt) {
        return out.get(attempt.ofAnyOwner());
    }
}
