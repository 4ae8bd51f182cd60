package dev.fireflytx.engine;

import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Signal;

/**
 * Lets in only outcomes that the machine can take. One that it can't take fails its own attempt, without a retry: the next attempt would
 * return the same.
 */
record OutcomeCheck(ValueLimit limit) {

    /** What the machine is told of an outcome. */
    Signal signalOf(AttemptRef ref, AttemptId attempt, Outcome outcome) {
        return signalOf(ref, checked(attempt, outcome));
    }

    private static Signal signalOf(AttemptRef ref, Outcome outcome) {
        if (outcome instanceof Outcome.Succeeded succeeded) {
            return new Signal.Succeeded(ref, succeeded.result(), succeeded.writes());
        }
        if (outcome instanceof Outcome.Failed failed) {
            return new Signal.Failed(ref, failed.error().toJson(), failed.retryable(), failed.writes());
        }
        if (outcome instanceof Outcome.Missing missing) {
            return new Signal.Missing(ref, missing.error().toJson());
        }
        if (outcome instanceof Outcome.Verdict verdict) {
            return new Signal.Verdict(ref, verdict.verdict());
        }
        return new Signal.Ended(ref, outcome.writes());
    }

    /** The outcome itself, or the failure that it amounts to. */
    private Outcome checked(AttemptId attempt, Outcome outcome) {
        boolean conditional = attempt.direction() == Direction.CONDITION;
        if (conditional && outcome instanceof Outcome.Succeeded) {
            return refused(nameOf(attempt) + " gave a result, where true or false was wanted");
        }
        if (!conditional && outcome instanceof Outcome.Verdict) {
            return refused(nameOf(attempt) + " gave a verdict, where a result was wanted");
        }
        try {
            Outcome usable = withUsableResult(attempt, outcome);
            checkWrites(attempt, outcome);
            return usable;
        } catch (JsonException e) {
            return refused(e.getMessage());
        }
    }

    /** What undoing returns is for the history alone: what can't be kept there doesn't make it a failure. */
    private Outcome withUsableResult(AttemptId attempt, Outcome outcome) {
        try {
            checkResult(attempt, outcome);
            return outcome;
        } catch (JsonException e) {
            if (attempt.direction() != Direction.BACKWARD) {
                throw e;
            }
            return new Outcome.Succeeded(JsonObject.EMPTY, outcome.writes());
        }
    }

    private void checkResult(AttemptId attempt, Outcome outcome) {
        if (outcome instanceof Outcome.Succeeded succeeded) {
            String what = "the result of " + nameOf(attempt);
            membersOf(succeeded.result(), what);
            limit.check(succeeded.result(), what);
        }
    }

    private void checkWrites(AttemptId attempt, Outcome outcome) {
        if (outcome.writes().equals(JsonObject.EMPTY)) {
            return;
        }
        membersOf(outcome.writes(), "the context of " + nameOf(attempt)).members().forEach((key, value) ->
                limit.check(value, "the context value '" + key + "' of " + nameOf(attempt)));
    }

    private static JsonObject membersOf(String text, String what) {
        try {
            return JsonObject.split(text);
        } catch (JsonException e) {
            throw new JsonException(what + " can't be used: " + e.getMessage());
        }
    }

    private static Outcome refused(String problem) {
        return new Outcome.Failed(SagaError.refusedValue(problem), false, JsonObject.EMPTY);
    }

    private static String nameOf(AttemptId attempt) {
        String what = switch (attempt.direction()) {
            case CONDITION -> "the condition of ";
            case FORWARD -> "";
            case BACKWARD -> "the compensation of ";
        };
        return what + "step '" + attempt.step() + "'";
    }
}
