package dev.fireflytx.engine;

import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Commands;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.Input;
import dev.fireflytx.core.machine.SagaMachine;
import dev.fireflytx.core.machine.SagaState;
import dev.fireflytx.core.machine.Signal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;

/** All sagas that have not ended, and the way from a signal to its consequences. Used by the loop's thread alone. */
final class Runs implements Dispatcher.Listener {
    /** What the engine needs to know of its surroundings. */
    record Setting(EngineClock clock, DoubleSupplier jitter, Store store, StepExecutor executor, long settleMs,
            ValueLimit limit, Values values, EventPump pump) {}

    /** An attempt that goes on in the executor's process. */
    private record Adopted(AttemptId name, long elapsedMs) {}

    private static final long SPREAD_MS = 1_000;

    private final Setting setting;
    private final Dispatcher dispatcher;
    private final Announcer announcer;
    private final OutcomeCheck outcomes;
    private final Timers timers = new Timers();
    private final Tally tally = new Tally();
    private final Map<String, SagaRun> active = new HashMap<>();
    private Map<AttemptId, Adopted> adopted;
    private Set<String> discarded = Set.of();

    Runs(Setting setting, EngineListener listener) {
        this.setting = setting;
        TaskFactory tasks = new TaskFactory(setting.store().fence(), setting.executor(), setting.limit());
        this.dispatcher = new Dispatcher(setting.executor(), tasks, setting.store().fence());
        this.announcer = new Announcer(new GuardedListener(listener), new EventMaker(tasks, setting.limit()), setting.pump());
        this.outcomes = new OutcomeCheck(setting.limit());
    }

    Timers timers() {
        return timers;
    }

    CompletionStage<Void> roundTrip() {
        return setting.executor().roundTrip();
    }

    Optional<SagaRun> find(String correlationId) {
        return Optional.ofNullable(active.get(correlationId));
    }

    void begin(Turn turn, SagaRun run, Signal.Start start) {
        enter(run);
        tally.started(run.saga(), 1);
        apply(turn, run, start);
    }

    private void enter(SagaRun run) {
        if (active.put(run.correlationId(), run) == null) {
            tally.held(run, 1);
        }
    }

    /** Takes a person's decision to a run, which may have ended with a compensation that failed. */
    void resolve(Turn turn, SagaRun run, Signal.Resolve decision) {
        enter(run);
        apply(turn, run, decision);
    }

    /** Takes a signal to a run, and everything that follows from it. */
    void apply(Turn turn, SagaRun run, Signal signal) {
        long nowMs = setting.clock().nowMs();
        SagaState before = run.state();
        if (before.phase().isEnded() && !(signal instanceof Signal.Resolve)) {
            return; // its end may be on its way to the store, which keeps nothing that comes later
        }
        List<Fact> facts = SagaMachine.decide(before,
                new Input(signal, nowMs, setting.jitter().getAsDouble(), dispatcher.places()));
        if (facts.isEmpty()) {
            return;
        }
        run.apply(facts, nowMs);
        tally.changed(run.saga(), before.isParked(), run.state().isParked());
        StopReason reason = StopReason.of(signal);
        for (Commands.Command command : Commands.between(before, run.state())) {
            carryOut(turn, run, command, reason);
        }
        List<String> events = announcer.announce(turn, run, facts, nowMs);
        turn.record(run, nowMs, facts, events);
        afterwards(turn, run, facts);
    }

    /** Unless a person has reopened it in the very turn in which it ended. */
    private void forget(SagaRun run) {
        if (run.state().phase().isEnded()) {
            if (active.remove(run.correlationId(), run)) {
                tally.ended(run);
            }
            setting.executor().runEnded(run.correlationId());
        }
    }

    /** The store has other sagas of these ids: what was decided here in this turn has not happened. */
    void discard(Set<String> correlationIds) {
        discarded = correlationIds;
        correlationIds.forEach(this::discard);
    }

    private void discard(String correlationId) {
        SagaRun run = active.remove(correlationId);
        tally.started(run.saga(), -1);
        tally.held(run, -1);
        timers.clearAll(run);
        dispatcher.takeBack(run);
    }

    /** Whether a run of this id was discarded in the turn before, so that its starts are asked again in this one. */
    boolean isDiscarded(String correlationId) {
        return discarded.contains(correlationId);
    }

    private void afterwards(Turn turn, SagaRun run, List<Fact> facts) {
        boolean ended = run.state().phase().isEnded();
        if (ended) {
            timers.clearAll(run);
            turn.whenDurable(run, () -> forget(run)); // until then the store doesn't know the id
        }
        boolean parked = facts.stream().anyMatch(Fact.SagaParked.class::isInstance);
        if ((ended || parked) && !run.waiting().isEmpty()) {
            SagaResult result = ResultBuilder.of(run, setting.values());
            List<Consumer<SagaResult>> released = List.copyOf(run.waiting());
            run.waiting().clear();
            turn.whenDurable(run, () -> released.forEach(waiter -> waiter.accept(result)));
        }
    }

    /** Why an attempt is told to stop that an earlier engine may have told already. */
    private static StopReason reasonAgain(Dispatcher.Out out, long elapsedMs) {
        SagaState.Cause cause = out.run().state().cause();
        if (elapsedMs >= out.timeoutMs()) {
            return StopReason.TIMEOUT;
        }
        if (cause instanceof SagaState.Cause.Cancelled) {
            return StopReason.SAGA_CANCELLED;
        }
        return cause instanceof SagaState.Cause.TimedOut ? StopReason.SAGA_TIMEOUT : StopReason.SUPERSEDED;
    }

    private void carryOut(Turn turn, SagaRun run, Commands.Command command, StopReason reason) {
        if (command instanceof Commands.Queue queue) {
            queue(turn, new Dispatcher.Waiting(run, queue.attempt()));
        } else if (command instanceof Commands.Unqueue unqueue) {
            dispatcher.unqueue(new Dispatcher.Waiting(run, unqueue.attempt()));
        } else if (command instanceof Commands.Run start) {
            dispatcher.place(new Dispatcher.Waiting(run, start.attempt()));
        } else if (command instanceof Commands.Stop stop) {
            stop(turn, run, stop.attempt(), reason);
        } else if (command instanceof Commands.Wake wake) {
            timers.set(run, new Signal.BackoffOver(wake.step()), spread(wake.dueMs()));
        } else if (command instanceof Commands.WakeSaga wake) {
            timers.set(run, new Signal.SagaTimeUp(), spread(wake.dueMs()));
        }
    }

    private void queue(Turn turn, Dispatcher.Waiting attempt) {
        dispatcher.queue(attempt);
        turn.whenDurable(() -> {
            if (dispatcher.isQueued(attempt)) {
                attempt.run().leaveValues();
            }
        });
    }

    /** What became due while no engine ran must not all happen in one moment when the next one starts. */
    private long spread(long dueMs) {
        long overdueMs = setting.clock().nowMs() - dueMs;
        return overdueMs <= 0 ? dueMs : dueMs + overdueMs + (long) (Math.min(overdueMs, SPREAD_MS) * setting.jitter().getAsDouble());
    }

    private void stop(Turn turn, SagaRun run, AttemptRef attempt, StopReason reason) {
        timers.clear(run, new Signal.TimeUp(attempt));
        if (dispatcher.isPlaced(new Dispatcher.Waiting(run, attempt))) {
            return; // it is not out yet, and the end of this turn sees to it that it stays so
        }
        timers.set(run, new Signal.SettleTimeUp(attempt), setting.clock().nowMs() + setting.settleMs());
        turn.whenDurable(() -> dispatcher.stop(run, attempt, reason));
    }

    /** An attempt has ended, as its executor says. */
    void report(Turn turn, AttemptId attempt, Outcome outcome) {
        Dispatcher.Out out = dispatcher.ended(attempt);
        if (adopted != null) {
            adopted.remove(attempt.ofAnyOwner()); // its saga may come here later, and must not wait for it then
        }
        SagaRun run = active.get(attempt.correlationId());
        if (run == null || run.state().phase().isEnded()) {
            if (out != null && outcome instanceof Outcome.Succeeded) {
                turn.whenDurable(() -> announcer.tooLate(out.run(), attempt));
            }
            return;
        }
        int step = run.plan().indexOf(attempt.step());
        if (step >= 0) {
            AttemptRef ref = new AttemptRef(step, attempt.direction(), attempt.number());
            timers.clear(run, new Signal.TimeUp(ref));
            timers.clear(run, new Signal.SettleTimeUp(ref));
            apply(turn, run, outcomes.signalOf(ref, attempt, outcome));
        }
    }

    /**
     * Takes over a saga that another process has left. Attempts that were out stay so, until {@link #adopt} says which of them still
     * run.
     */
    void restore(Turn turn, SagaRun run) {
        enter(run);
        for (AttemptRef attempt : run.state().out()) {
            dispatcher.noteOut(run.name(attempt, 0), run, attempt);
        }
        for (Commands.Command command : Commands.between(SagaMachine.blank(run.plan()), run.state())) {
            if (!(command instanceof Commands.Run || command instanceof Commands.Stop)) {
                carryOut(turn, run, command, StopReason.SUPERSEDED);
            }
        }
        if (adopted != null) {
            run.state().out().forEach(attempt -> adopt(turn, dispatcher.find(run.name(attempt, 0))));
        }
    }

    /** The executor has been replaced: what it does not run any more is lost, the rest goes on from the time that it has had. */
    void adopt(Turn turn, Map<AttemptId, Long> elapsedMs) {
        dispatcher.pause(false);
        adopted = new HashMap<>();
        elapsedMs.forEach((attempt, elapsed) -> adopted.put(attempt.ofAnyOwner(), new Adopted(attempt, elapsed)));
        dispatcher.allOut().stream().filter(out -> !isRunHere(out)).forEach(out -> adopt(turn, out));
    }

    /** It was handed out by this very engine to code in its own JVM, which lives as long as the engine does. */
    private boolean isRunHere(Dispatcher.Out out) {
        return out.kind() == StepKind.JAVA && out.name().fence() == setting.store().fence();
    }

    private void adopt(Turn turn, Dispatcher.Out out) {
        Adopted known = adopted.get(out.name().ofAnyOwner());
        if (known == null) {
            dispatcher.ended(out.name());
            timers.clear(out.run(), new Signal.TimeUp(out.attempt()));
            timers.clear(out.run(), new Signal.SettleTimeUp(out.attempt()));
            apply(turn, out.run(), new Signal.Lost(out.attempt()));
            return;
        }
        dispatcher.noteOut(known.name(), out.run(), out.attempt());
        if (out.run().state().isToldToStop(out.attempt())) {
            stop(turn, out.run(), out.attempt(), reasonAgain(out, known.elapsedMs()));
        } else {
            handedOut(out.run(), out.attempt(), out.timeoutMs() - known.elapsedMs());
        }
    }

    void pause() {
        dispatcher.pause(true);
    }

    /** Before a turn is made durable: free places go to those who wait for them, and whoever has one gets its values. */
    void givePlaces(Turn turn) {
        boolean goesOn = true;
        while (goesOn) {
            serveQueue(turn);
            goesOn = false;
            for (Dispatcher.Waiting attempt : dispatcher.allPlaced()) {
                goesOn |= fails(turn, attempt); // which may have let another one in
            }
        }
    }

    private void serveQueue(Turn turn) {
        Dispatcher.Waiting next = dispatcher.nextInLine();
        while (next != null) {
            apply(turn, next.run(), new Signal.Placed(next.attempt()));
            next = dispatcher.nextInLine();
        }
    }

    private boolean fails(Turn turn, Dispatcher.Waiting attempt) {
        if (attempt.run().state().isToldToStop(attempt.attempt())) {
            fail(turn, attempt, SagaError.of("NotStartedError", "The saga was stopped before this attempt started"), true);
            return true;
        }
        try {
            dispatcher.prepare(attempt);
            return false;
        } catch (JsonException e) {
            fail(turn, attempt, SagaError.refusedValue(e.getMessage()), false);
            return true;
        }
    }

    private void fail(Turn turn, Dispatcher.Waiting attempt, SagaError error, boolean retryable) {
        dispatcher.unplace(attempt);
        apply(turn, attempt.run(), new Signal.Failed(attempt.attempt(), error.toJson(), retryable, JsonObject.EMPTY));
    }

    /** Hands out, at the end of a turn, what it has prepared. */
    void handOut() {
        dispatcher.handOut(this);
    }

    void turnEnded() {
        setting.executor().turnEnded();
    }

    @Override
    public void handedOut(SagaRun run, AttemptRef attempt, long timeoutMs) {
        timers.set(run, new Signal.TimeUp(attempt), setting.clock().nowMs() + timeoutMs);
    }

    Tally tally() {
        return tally;
    }

    /** What was done and is held; nothing is held once every saga has ended and every attempt with it. */
    EngineStats stats() {
        return tally.stats(new EngineStats.Load(active.size(), timers.size(), dispatcher.queuedCount(), dispatcher.outCount()));
    }

    /** A saga that was left can't be read. */
    void unreadable(Store.Unreadable saga) {
        announcer.unreadable(saga);
    }

    /** The loop has broken. */
    void broke(Throwable defect) {
        announcer.broke(defect);
    }
}
