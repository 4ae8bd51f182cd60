package dev.fireflytx.engine;

import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.SagaPhase;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;

/** Tells the listener of what has become durable: the story line by line, and the events that are published. */
final class Announcer {
    private final EngineListener listener;
    private final EventMaker events;
    private final EventPump pump;

    Announcer(EngineListener listener, EventMaker events, EventPump pump) {
        this.listener = listener;
        this.events = events;
        this.pump = pump;
    }

    /** Gives the events to be published, as the store keeps them until then; none if nobody will. */
    List<String> announce(Turn turn, SagaRun run, List<Fact> facts, long atMs) {
        List<String> published = pump.isPublishing() ? new ArrayList<>() : List.of();
        long ordinal = run.factCount() - facts.size();
        for (Fact fact : facts) {
            tell(turn, run, fact);
            ordinal++;
            events.of(run, fact, ordinal, atMs).ifPresent(event -> {
                turn.whenDurable(run, () -> listener.onEvent(event));
                if (pump.isPublishing()) {
                    published.add(event.toJson());
                }
            });
            if (needsPerson(fact)) {
                ParkedSaga parked = ResultBuilder.parked(run);
                turn.whenDurable(run, () -> listener.onParked(parked));
            }
            if (listener.isTracing() && (fact instanceof Fact.SagaParked || fact instanceof Fact.SagaEnded)) {
                StoppedSaga stopped = ResultBuilder.stopped(run, atMs);
                turn.whenDurable(run, () -> listener.onStopped(stopped));
            }
        }
        if (!published.isEmpty()) {
            turn.whenDurable(run, pump::wake);
        }
        return published;
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
