package dev.fireflytx.engine.journal;

import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonScanner;
import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.ParkReason;
import dev.fireflytx.core.machine.Resolution;
import dev.fireflytx.core.machine.SagaPhase;
import java.util.List;
import java.util.Locale;

/** Reads one fact; see {@link FactCodec}. Takes its fields one after the other. */
final class FactReader {
    private final List<String> fields;
    private int next;

    FactReader(List<String> fields) {
        this.fields = fields;
    }

    Fact fact() {
        String name = text();
        return switch (name) {
            case "saga-started" -> new Fact.SagaStarted(raw(), number(), (int) number(), number(), trace());
            case "attempt-queued" -> new Fact.AttemptQueued(attempt());
            case "attempt-started" -> new Fact.AttemptStarted(attempt());
            case "condition-decided" -> new Fact.ConditionDecided(attempt(), flag());
            case "attempt-succeeded" -> new Fact.AttemptSucceeded(attempt(), raw(), raw());
            case "attempt-failed" -> new Fact.AttemptFailed(attempt(), raw(), flag(), raw());
            case "attempt-timed-out" -> new Fact.AttemptTimedOut(attempt(), number());
            case "attempt-ended" -> new Fact.AttemptEnded(attempt(), raw());
            case "attempt-lost" -> new Fact.AttemptLost(attempt());
            case "attempt-stuck" -> new Fact.AttemptStuck(attempt());
            case "retry-scheduled" -> new Fact.RetryScheduled((int) number(), word(Direction.class), number(), number());
            case "retry-due" -> new Fact.RetryDue((int) number());
            case "step-completed" -> new Fact.StepCompleted(attempt());
            case "step-skipped" -> new Fact.StepSkipped((int) number());
            case "step-failed" -> new Fact.StepFailed((int) number(), flag());
            case "step-parked" -> new Fact.StepParked((int) number(), word(ParkReason.class));
            case "late-success" -> new Fact.LateSuccess(attempt(), flag());
            case "saga-failing" -> new Fact.SagaFailing((int) number());
            case "saga-cancelled" -> new Fact.SagaCancelled(text());
            case "saga-timed-out" -> new Fact.SagaTimedOut(number());
            case "saga-overdue" -> new Fact.SagaOverdue(number());
            case "compensation-begun" -> new Fact.CompensationBegun();
            case "step-compensated" -> new Fact.StepCompensated(attempt());
            case "compensation-failed" -> new Fact.CompensationFailed((int) number());
            case "person-decided" -> new Fact.PersonDecided(
                    (int) number(), word(Resolution.class), raw(), text(), text());
            case "saga-parked" -> new Fact.SagaParked();
            case "saga-resumed" -> new Fact.SagaResumed();
            case "saga-ended" -> new Fact.SagaEnded(word(SagaPhase.class));
            default -> throw new JsonException("no fact is called '" + name + "' in this release");
        };
    }

    private AttemptRef attempt() {
        return new AttemptRef((int) number(), word(Direction.class), (int) number());
    }

    private String raw() {
        if (next == fields.size()) {
            throw new JsonException("a fact lacks a field");
        }
        return fields.get(next++);
    }

    /** Not every saga belongs to one, and older journals have none. */
    private String trace() {
        return next == fields.size() ? Fact.SagaStarted.NO_TRACE : raw();
    }

    private String text() {
        return new JsonScanner(raw()).string();
    }

    private long number() {
        try {
            return Long.parseLong(raw());
        } catch (NumberFormatException e) {
            throw new JsonException("a fact's field is not a whole number");
        }
    }

    private boolean flag() {
        String word = raw();
        if (!word.equals("true") && !word.equals("false")) {
            throw new JsonException("a fact's field is neither true nor false");
        }
        return word.equals("true");
    }

    private <E extends Enum<E>> E word(Class<E> kind) {
        try {
            return Enum.valueOf(kind, text().toUpperCase(Locale.ROOT).replace('-', '_'));
        } catch (IllegalArgumentException e) {
            throw new JsonException("a fact's field is no " + kind.getSimpleName());
        }
    }
}
