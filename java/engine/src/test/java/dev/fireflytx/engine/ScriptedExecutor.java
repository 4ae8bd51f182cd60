package dev.fireflytx.engine;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.machine.Direction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Answers attempts as a test says: at once by a rule, or else when the test reports. */
final class ScriptedExecutor implements StepExecutor {
    static final long PATIENCE_S = 10;

    /** An attempt that was told to stop. */
    record Stop(AttemptId attempt, StopReason reason) {}

    private record Target(String step, Direction direction) {}

    private final BlockingQueue<Task> started = new LinkedBlockingQueue<>();
    private final BlockingQueue<Stop> stopped = new LinkedBlockingQueue<>();
    private final Map<Target, Function<Task, Outcome>> rules = new ConcurrentHashMap<>();
    private final Map<StepKind, Integer> capacities = new ConcurrentHashMap<>();
    private volatile Function<Task, Outcome> ruleForAll;
    private volatile CompletionStage<Void> roundTrip = CompletableFuture.completedFuture(null);
    private volatile int roundTrips;
    private volatile Reports reports;

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
        Target target = new Target(task.attempt().step(), task.attempt().direction());
        Function<Task, Outcome> rule = rules.getOrDefault(target, ruleForAll);
        if (rule == null) {
            started.add(task);
        } else {
            reports.report(task.attempt(), rule.apply(task));
        }
    }

    @Override
    public void stop(AttemptId attempt, StopReason reason) {
        stopped.add(new Stop(attempt, reason));
    }

    @Override
    public CompletionStage<Void> roundTrip() {
        roundTrips++;
        return roundTrip;
    }

    ScriptedExecutor answerAll(Function<Task, Outcome> rule) {
        ruleForAll = rule;
        return this;
    }

    ScriptedExecutor answer(String step, Direction direction, Function<Task, Outcome> rule) {
        rules.put(new Target(step, direction), rule);
        return this;
    }

    ScriptedExecutor places(StepKind kind, int count) {
        capacities.put(kind, count);
        if (reports != null) {
            reports.capacityChanged();
        }
        return this;
    }

    void holdRoundTrips(CompletionStage<Void> until) {
        roundTrip = until;
    }

    int roundTrips() {
        return roundTrips;
    }

    void report(AttemptId attempt, Outcome outcome) {
        reports.report(attempt, outcome);
    }

    void report(Task task, Outcome outcome) {
        reports.report(task.attempt(), outcome);
    }

    /** The next attempt that was started and that no rule answered. */
    Task next() {
        return taken(started, "no attempt was started");
    }

    /** The next attempt that was told to stop. */
    Stop nextStop() {
        return taken(stopped, "no attempt was told to stop");
    }

    /** The ids of the steps whose attempts wait for the test's answer, in the order in which they were started. */
    List<String> waiting() {
        return started.stream().map(task -> task.attempt().step()).toList();
    }

    List<Stop> stops() {
        return new ArrayList<>(stopped);
    }

    private static <T> T taken(BlockingQueue<T> queue, String problem) {
        try {
            T next = queue.poll(PATIENCE_S, TimeUnit.SECONDS);
            assertNotNull(next, problem);
            return next;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
