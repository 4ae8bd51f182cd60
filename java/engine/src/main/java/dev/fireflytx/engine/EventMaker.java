package dev.fireflytx.engine;

import dev.fireflytx.core.definition.EventContent;
import dev.fireflytx.core.definition.EventOptions;
import dev.fireflytx.core.definition.EventTarget;
import dev.fireflytx.core.definition.SagaEventOptions;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.SagaPhase;
import java.util.Optional;

/** Makes the event that tells of a fact, if the definition asks for one: of its step, or of the saga; there is never more than one. */
final class EventMaker {
    private static final String NONE = "";

    private final TaskFactory tasks;
    private final ValueLimit limit;

    EventMaker(TaskFactory tasks, ValueLimit limit) {
        this.tasks = tasks;
        this.limit = limit;
    }

    /** The event of a fact that has been applied, the n-th of its run. */
    Optional<SagaEvent> of(SagaRun run, Fact fact, long ordinal, long atMs) {
        Optional<SagaEventOptions> ofSaga = run.plan().definition().events();
        String what = ofSaga.map(options -> eventOfSaga(fact, options)).orElse(NONE);
        if (!what.isEmpty()) {
            return Optional.of(sagaEvent(run, fact, ofSaga.get(), what, ordinal, atMs));
        }
        return fact instanceof Fact.OfStep ofStep ? stepEvent(run, ofStep, ordinal, atMs) : Optional.empty();
    }

    private Optional<SagaEvent> stepEvent(SagaRun run, Fact.OfStep fact, long ordinal, long atMs) {
        Optional<EventOptions> options = run.plan().step(fact.step()).events();
        String what = options.map(asked -> eventOfStep(fact, asked)).orElse(NONE);
        return what.isEmpty() ? Optional.empty() : Optional.of(stepEvent(run, fact.step(), options.get(), what, ordinal, atMs));
    }

    private static String eventOfSaga(Fact fact, SagaEventOptions options) {
        if (fact instanceof Fact.SagaStarted) {
            return options.onStart() ? "started" : NONE;
        }
        if (fact instanceof Fact.SagaFailing || fact instanceof Fact.SagaCancelled || fact instanceof Fact.SagaTimedOut) {
            return options.onFailure() ? "failed" : NONE;
        }
        if (fact instanceof Fact.CompensationBegun) {
            return options.onCompensation() ? "compensating" : NONE;
        }
        if (fact instanceof Fact.SagaParked) {
            return options.onParked() ? "parked" : NONE;
        }
        return fact instanceof Fact.SagaEnded ended ? endOfSaga(ended.phase(), options) : NONE;
    }

    private static String endOfSaga(SagaPhase phase, SagaEventOptions options) {
        if (phase == SagaPhase.COMPLETED) {
            return options.onSuccess() ? "completed" : NONE;
        }
        if (!options.onCompensation()) {
            return NONE;
        }
        return phase == SagaPhase.COMPENSATED ? "compensated" : "compensation_failed";
    }

    private static String eventOfStep(Fact.OfStep fact, EventOptions options) {
        if (fact instanceof Fact.AttemptStarted started) {
            boolean first = started.attempt().direction() == Direction.FORWARD && started.attempt().number() == 1;
            return first && options.onStart() ? "started" : NONE;
        }
        if (fact instanceof Fact.StepCompleted) {
            return options.onSuccess() ? "completed" : NONE;
        }
        if (fact instanceof Fact.StepFailed) {
            return options.onFailure() ? "failed" : NONE;
        }
        if (fact instanceof Fact.StepCompensated) {
            return options.onCompensation() ? "compensated" : NONE;
        }
        if (fact instanceof Fact.CompensationFailed) {
            return options.onCompensation() ? "compensation_failed" : NONE;
        }
        boolean retrying = fact instanceof Fact.RetryScheduled retry && retry.direction() == Direction.FORWARD;
        return retrying && options.onRetry() ? "retrying" : NONE;
    }

    private SagaEvent sagaEvent(SagaRun run, Fact fact, SagaEventOptions options, String what, long ordinal, long atMs) {
        String step = fact instanceof Fact.SagaFailing failing ? run.plan().step(failing.step()).id() : "";
        EventContents contents = new EventContents(options.content(), limit, run).given(run.values()::input).in(run);
        if (!what.equals("started")) {
            contents.took(atMs - run.state().startedMs());
        }
        if (what.equals("completed")) {
            contents.returned(run);
        } else if (what.equals("failed") || what.startsWith("compensat")) {
            contents.raised(ResultBuilder.errorOf(run));
        }
        return new SagaEvent(SagaEventOptions.typeFor(run.saga(), what), target(options.target(), run, step), run.saga(),
                run.correlationId(), ordinal, step, 0, atMs, contents.all());
    }

    private SagaEvent stepEvent(SagaRun run, int step, EventOptions options, String what, long ordinal, long atMs) {
        String id = run.plan().step(step).id();
        boolean backward = what.startsWith("compensat");
        int attempt = backward ? run.state().step(step).backward().attempts() : run.state().step(step).forward().attempts();
        return new SagaEvent(options.typeFor(id, what), target(options.target(), run, id), run.saga(), run.correlationId(), ordinal, id,
                attempt, atMs, contents(run, step, options.content(), what, atMs).all());
    }

    private EventContents contents(SagaRun run, int step, EventContent asked, String what, long atMs) {
        EventContents contents = new EventContents(asked, limit, run).given(() -> tasks.stepInput(run, step)).in(run);
        return switch (what) {
            case "started" -> contents;
            case "completed" -> contents.took(run.values().durationMs(step, atMs)).returned(run.values().result(step));
            case "compensated" -> contents.took(run.values().undoingMs(step, atMs)).returned(run.values().result(step));
            case "compensation_failed" -> contents.took(run.values().undoingMs(step, atMs)).raised(run.values().error(step));
            default -> contents.took(run.values().durationMs(step, atMs)).raised(run.values().error(step));
        };
    }

    private static EventTarget target(EventTarget template, SagaRun run, String step) {
        return new EventTarget(template.topic(), template.keyFor(run.saga(), step, run.correlationId()), template.headers());
    }
}
