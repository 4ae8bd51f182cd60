package dev.fireflytx.engine;

import dev.fireflytx.core.definition.EventOptions;
import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.SagaPhase;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Tells the listener of what has become durable: the story line by line, and the events that steps publish. */
final class Announcer {
    private final EngineListener listener;
    private final TaskFactory tasks;

    Announcer(EngineListener listener, TaskFactory tasks) {
        this.listener = listener;
        this.tasks = tasks;
    }

    void announce(Turn turn, SagaRun run, List<Fact> facts, long atMs) {
        for (Fact fact : facts) {
            tell(turn, run, fact);
            if (fact instanceof Fact.OfStep ofStep) {
                publish(turn, run, ofStep, atMs);
            } else if (needsPerson(fact)) {
                ParkedSaga parked = ResultBuilder.parked(run);
                turn.whenDurable(run, () -> listener.onParked(parked));
            }
            if (listener.isTracing() && (fact instanceof Fact.SagaParked || fact instanceof Fact.SagaEnded)) {
                StoppedSaga stopped = ResultBuilder.stopped(run, atMs);
                turn.whenDurable(run, () -> listener.onStopped(stopped));
            }
        }
    }

    private static boolean needsPerson(Fact fact) {
        return fact instanceof Fact.SagaParked
                || fact instanceof Fact.SagaEnded ended && ended.phase() == SagaPhase.COMPENSATION_FAILED;
    }

    private void tell(Turn turn, SagaRun run, Fact fact) {
        Level level = fact.accept(StoryLevel.INSTANCE);
        if (!listener.isLogging(level)) {
            return;
        }
        String step = fact instanceof Fact.OfStep ofStep ? run.plan().step(ofStep.step()).id() : "";
        int attempt = fact instanceof Fact.OfAttempt ofAttempt ? ofAttempt.attempt().number() : 0;
        EngineLog line = new EngineLog(
                level, fact.accept(new StoryLine(run)), run.correlationId(), run.saga(), step, attempt);
        turn.whenDurable(run, () -> listener.onLog(line));
    }

    private void publish(Turn turn, SagaRun run, Fact.OfStep fact, long atMs) {
        Optional<EventOptions> options = run.plan().step(fact.step()).events();
        if (options.isEmpty()) {
            return;
        }
        String what = eventFor(fact, options.get());
        if (!what.isEmpty()) {
            SagaEvent event = event(run, fact.step(), options.get(), what, atMs);
            turn.whenDurable(run, () -> listener.onEvent(event));
        }
    }

    private static String eventFor(Fact.OfStep fact, EventOptions options) {
        if (fact instanceof Fact.AttemptStarted started) {
            boolean first = started.attempt().direction() == Direction.FORWARD && started.attempt().number() == 1;
            return first && options.onStart() ? "started" : "";
        }
        if (fact instanceof Fact.StepCompleted) {
            return options.onSuccess() ? "completed" : "";
        }
        if (fact instanceof Fact.StepFailed) {
            return options.onFailure() ? "failed" : "";
        }
        boolean retrying = fact instanceof Fact.RetryScheduled retry && retry.direction() == Direction.FORWARD;
        return retrying && options.onRetry() ? "retrying" : "";
    }

    private SagaEvent event(SagaRun run, int step, EventOptions options, String what, long atMs) {
        String id = run.plan().step(step).id();
        boolean timed = options.includeTiming() && !what.equals("started");
        return new SagaEvent(
                options.typeFor(id, what), options.topic(), run.saga(), run.correlationId(), id,
                run.state().step(step).forward().attempts(), atMs,
                timed ? OptionalLong.of(run.values().durationMs(step, atMs)) : OptionalLong.empty(),
                options.includePayload() ? payload(run, step) : Optional.empty());
    }

    private Optional<String> payload(SagaRun run, int step) {
        try {
            return Optional.of(tasks.stepInput(run, step));
        } catch (JsonException e) {
            return Optional.empty(); // such a step fails at its boundary, and says so there
        }
    }

    /** An attempt succeeded after its saga had ended: nobody will undo it. */
    void tooLate(SagaRun run, AttemptId attempt) {
        if (listener.isLogging(Level.WARNING)) {
            boolean forward = attempt.direction() == Direction.FORWARD;
            listener.onLog(new EngineLog(Level.WARNING,
                    "attempt " + attempt.number() + (forward ? " of step '" : " to undo step '") + attempt.step()
                            + "' succeeded after the saga had ended; "
                            + (forward ? "it will not be undone" : "the saga still counts the undoing as given up"),
                    run.correlationId(), run.saga(), attempt.step(), attempt.number()));
        }
    }

    void unreadable(Store.Unreadable saga) {
        listener.onLog(new EngineLog(Level.ERROR, "it does not go on. " + saga.why().getMessage(), saga.correlationId(), saga.saga(), "", 0));
    }

    void broke(Throwable defect) {
        listener.onLog(new EngineLog(Level.ERROR, "the engine has failed and takes nothing more: " + defect, "", "", "", 0));
        listener.onBroken(defect);
    }
}
