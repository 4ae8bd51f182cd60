package dev.fireflytx.engine;

import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Places;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keeps the executor's places, and hands attempts out. Used by whoever holds the lock of {@link Commits}.
 *
 * <p>An attempt without a place is queued: it has not started, and a crash finds it so. One that has a place starts with the turn's facts, gets
 * its values at the turn's end, and is handed out when the turn is durable; its timeout counts from there.
 */
final class Dispatcher {
    /** An attempt that is handed out, and whose end is awaited. */
    record Out(AttemptId name, StepKind kind, SagaRun run, AttemptRef attempt) {
        long timeoutMs() {
            StepDefinition step = run.plan().step(attempt.step());
            return switch (attempt.direction()) {
                case CONDITION, FORWARD -> step.policy().timeoutMs();
                case BACKWARD -> step.compensation().orElseThrow().policy().timeoutMs();
            };
        }
    }

    /** An attempt that has not been handed out. */
    record Waiting(SagaRun run, AttemptRef attempt) {
        StepKind kind() {
            return attempt.kind(run.plan());
        }

        // Both by hand, as in AttemptRef.
        @Override
        public boolean equals(Object other) {
            return other instanceof Waiting that && run == that.run && attempt.equals(that.attempt);
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(run) * 31 + attempt.hashCode();
        }
    }

    private record Prepared(Waiting attempt, Task task) {}

    /** Told what was handed out. */
    interface Listener {
        /** An attempt was handed out, and its timeout counts from now. */
        void handedOut(SagaRun run, AttemptRef attempt, long timeoutMs);
    }

    private final StepExecutor executor;
    private final TaskFactory tasks;
    private final long fence;
    private final Map<StepKind, Set<Waiting>> queues = new EnumMap<>(StepKind.class);
    private final Map<StepKind, Integer> taken = new EnumMap<>(StepKind.class);
    private final Set<Waiting> placed = new LinkedHashSet<>();
    private final List<Prepared> prepared = new ArrayList<>(); // with the turn that is being committed
    private final Map<AttemptId, Out> out = new HashMap<>();
    private boolean paused;

    Dispatcher(StepExecutor executor, TaskFactory tasks, long fence) {
        this.executor = executor;
        this.tasks = tasks;
        this.fence = fence;
        for (StepKind kind : StepKind.values()) {
            queues.put(kind, new LinkedHashSet<>());
            taken.put(kind, 0);
        }
    }

    void pause(boolean pausing) {
        paused = pausing;
    }

    /** {@return the places that nobody has or waits for} */
    Places places() {
        return new Places(unclaimed(StepKind.COROUTINE), unclaimed(StepKind.THREAD), unclaimed(StepKind.JAVA));
    }

    private int unclaimed(StepKind kind) {
        return queues.get(kind).isEmpty() ? free(kind) : 0;
    }

    private int free(StepKind kind) {
        return paused ? 0 : Math.max(0, executor.capacity(kind) - taken.get(kind));
    }

    void queue(Waiting attempt) {
        queues.get(attempt.kind()).add(attempt);
    }

    boolean isQueued(Waiting attempt) {
        return queues.get(attempt.kind()).contains(attempt);
    }

    void unqueue(Waiting attempt) {
        queues.get(attempt.kind()).remove(attempt);
    }

    /** Takes the next attempt in line for which there is a place; null without one. */
    Waiting nextInLine() {
        for (StepKind kind : StepKind.values()) {
            Iterator<Waiting> queue = queues.get(kind).iterator();
            if (queue.hasNext() && free(kind) > 0) {
                Waiting next = queue.next();
                queue.remove();
                return next;
            }
        }
        return null;
    }

    /** Gives an attempt a place. */
    void place(Waiting attempt) {
        unqueue(attempt);
        taken.merge(attempt.kind(), 1, Integer::sum);
        placed.add(attempt);
    }

    /** {@return whether it has a place and was not handed out} */
    boolean isPlaced(Waiting attempt) {
        return placed.contains(attempt);
    }

    /** {@return the attempts that have places and were not handed out} */
    List<Waiting> allPlaced() {
        return placed.isEmpty() ? List.of() : List.copyOf(placed);
    }

    /** Gives the place back of an attempt that will not be handed out. */
    void unplace(Waiting attempt) {
        if (placed.remove(attempt)) {
            taken.merge(attempt.kind(), -1, Integer::sum);
        }
    }

    /**
     * Gives an attempt its values; it is handed out next, unless the executor is being replaced.
     *
     * @throws JsonException if what it would be given can't be merged, or is over the limit
     */
    void prepare(Waiting attempt) {
        if (!paused) {
            prepared.add(new Prepared(attempt, tasks.task(attempt.run(), attempt.attempt())));
            placed.remove(attempt);
        }
    }

    /** Hands out what is prepared. */
    void handOut(Listener listener) {
        for (Prepared next : prepared) {
            SagaRun run = next.attempt().run();
            AttemptRef attempt = next.attempt().attempt();
            out.put(next.task().attempt().ofAnyOwner(), new Out(next.task().attempt(), next.task().kind(), run, attempt));
            listener.handedOut(run, attempt, next.task().timeoutMs());
            executor.start(next.task());
        }
        prepared.clear();
    }

    /** Takes back all attempts of a run, none of which was handed out. */
    void takeBack(SagaRun run) {
        queues.values().forEach(queue -> queue.removeIf(queued -> queued.run() == run));
        allPlaced().stream().filter(attempt -> attempt.run() == run).forEach(this::unplace);
        for (Prepared each : List.copyOf(prepared)) {
            if (each.attempt().run() == run) {
                prepared.remove(each);
                taken.merge(each.attempt().kind(), -1, Integer::sum);
            }
        }
    }

    void stop(SagaRun run, AttemptRef attempt, StopReason reason) {
        AttemptId name = run.name(attempt, fence);
        Out known = out.get(name.ofAnyOwner());
        executor.stop(known == null ? name : known.name(), reason);
    }

    /** Takes an attempt for handed out by the journal's owner before this one. */
    void noteOut(AttemptId name, SagaRun run, AttemptRef attempt) {
        StepKind kind = attempt.kind(run.plan());
        if (out.put(name.ofAnyOwner(), new Out(name, kind, run, attempt)) == null) {
            taken.merge(kind, 1, Integer::sum);
        }
    }

    /** An attempt ended: its place is free. Null if it was not out. */
    Out ended(AttemptId attempt) {
        Out ended = out.remove(attempt.ofAnyOwner());
        if (ended != null) {
            taken.merge(ended.kind(), -1, Integer::sum);
        }
        return ended;
    }

    /** {@return every attempt that is out} */
    List<Out> allOut() {
        return List.copyOf(out.values());
    }

    int queuedCount() {
        return queues.values().stream().mapToInt(Set::size).sum() + placed.size();
    }

    int outCount() {
        return out.size();
    }

    Out find(AttemptId attempt) {
        return out.get(attempt.ofAnyOwner());
    }
}
