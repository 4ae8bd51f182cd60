package dev.fireflytx.engine;

import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.machine.Direction;

/**
 * Lets in only outcomes that the machine can take. One that it can't take fails its own attempt, without a retry: the next attempt would
 * return the same.
 */
record OutcomeCheck(ValueLimit limit) {

    /** The outcome itself, or the failure that it amounts to. */
    Outcome checked(AttemptId attempt, Outcome outcome) {
        boolean conditional = attempt.direction() == Direction.CONDITION;
        if (conditional && outcome instanceof Outcome.Succeeded) {
            return refused(nameOf(attempt) + " gave a result, where true or false was wanted");
        }
        if (!conditional && outcome instanceof Outcome.Verdict) {
            return refused(nameOf(attempt) + " gave a verdict, where a result was wanted");
        }
        try {
            checkResult(attempt, outcome);
            checkWrites(attempt, outcome);
            return outcome;
        } catch (JsonException e) {
            return refused(e.getMessage());
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
