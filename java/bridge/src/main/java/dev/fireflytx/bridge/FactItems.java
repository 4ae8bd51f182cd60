package dev.fireflytx.bridge;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonWriter;
import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.FactVisitor;
import dev.fireflytx.engine.SagaError;
import dev.fireflytx.engine.Store;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells a saga's facts to people and programs: each one as a JSON object (PROTOCOL.md, "A history"). Inputs, results and context values
 * stay out of it: who may look at what happened to a saga may not have to see what it is about.
 */
final class FactItems implements FactVisitor<String> {
    private final SagaDefinition definition;
    private final long atMs;

    private FactItems(SagaDefinition definition, long atMs) {
        this.definition = definition;
        this.atMs = atMs;
    }

    /** {@return every fact of a saga, in order} */
    static List<String> of(Store.StoredSaga saga) {
        List<String> items = new ArrayList<>();
        for (Store.TimedFacts turn : saga.turns()) {
            FactItems writer = new FactItems(saga.definition(), turn.atMs());
            turn.facts().forEach(fact -> items.add(fact.accept(writer)));
        }
        return items;
    }

    @Override
    public String sagaStarted(Fact.SagaStarted fact) {
        JsonWriter data = data().number("input_bytes", bytesOf(fact.input()));
        if (fact.timeoutMs() > 0) {
            data.number("timeout_ms", fact.timeoutMs());
        }
        return with(fact("saga-started"), data.textIfAny("traceparent", JsonObject.split(fact.trace()).string("traceparent", "")));
    }

    @Override
    public String attemptQueued(Fact.AttemptQueued fact) {
        return attempt("attempt-queued", fact.attempt()).build();
    }

    @Override
    public String attemptStarted(Fact.AttemptStarted fact) {
        return attempt("attempt-started", fact.attempt()).build();
    }

    @Override
    public String conditionDecided(Fact.ConditionDecided fact) {
        return with(attempt("condition-decided", fact.attempt()), data().flag("verdict", fact.verdict()));
    }

    @Override
    public String attemptSucceeded(Fact.AttemptSucceeded fact) {
        JsonWriter data = data().number("result_bytes", bytesOf(fact.result()));
        return with(attempt("attempt-succeeded", fact.attempt()), writes(data, fact.writes()));
    }

    @Override
    public String attemptFailed(Fact.AttemptFailed fact) {
        SagaError error = SagaError.fromJson(fact.error());
        JsonWriter data = data()
                .raw("error", data().text("type", error.type()).text("message", error.message()).build())
                .flag("retryable", fact.retryable());
        return with(attempt("attempt-failed", fact.attempt()), writes(data, fact.writes()));
    }

    @Override
    public String attemptTimedOut(Fact.AttemptTimedOut fact) {
        return with(attempt("attempt-timed-out", fact.attempt()), data().number("timeout_ms", fact.timeoutMs()));
    }

    @Override
    public String attemptEnded(Fact.AttemptEnded fact) {
        return with(attempt("attempt-ended", fact.attempt()), writes(data(), fact.writes()));
    }

    @Override
    public String attemptLost(Fact.AttemptLost fact) {
        return attempt("attempt-lost", fact.attempt()).build();
    }

    @Override
    public String attemptStuck(Fact.AttemptStuck fact) {
        return attempt("attempt-stuck", fact.attempt()).build();
    }

    @Override
    public String retryScheduled(Fact.RetryScheduled fact) {
        return with(step("retry-scheduled", fact.step()).text("direction", word(fact.direction())),
                data().number("delay_ms", fact.delayMs()).number("due_ms", fact.dueMs()));
    }

    @Override
    public String retryDue(Fact.RetryDue fact) {
        return step("retry-due", fact.step()).build();
    }

    @Override
    public String stepCompleted(Fact.StepCompleted fact) {
        return attempt("step-completed", fact.attempt()).build();
    }

    @Override
    public String stepSkipped(Fact.StepSkipped fact) {
        return step("step-skipped", fact.step()).build();
    }

    @Override
    public String stepFailed(Fact.StepFailed fact) {
        return with(step("step-failed", fact.step()), data().flag("in_doubt", fact.inDoubt()));
    }

    @Override
    public String stepParked(Fact.StepParked fact) {
        return with(step("step-parked", fact.step()), data().text("reason", word(fact.reason())));
    }

    @Override
    public String lateSuccess(Fact.LateSuccess fact) {
        return with(attempt("late-success", fact.attempt()), data().flag("undo", fact.undo()));
    }

    @Override
    public String sagaFailing(Fact.SagaFailing fact) {
        return step("saga-failing", fact.step()).build();
    }

    @Override
    public String sagaCancelled(Fact.SagaCancelled fact) {
        return with(fact("saga-cancelled"), data().text("reason", fact.reason()));
    }

    @Override
    public String sagaTimedOut(Fact.SagaTimedOut fact) {
        return with(fact("saga-timed-out"), data().number("timeout_ms", fact.timeoutMs()));
    }

    @Override
    public String sagaOverdue(Fact.SagaOverdue fact) {
        return with(fact("saga-overdue"), data().number("timeout_ms", fact.timeoutMs()));
    }

    @Override
    public String compensationBegun(Fact.CompensationBegun fact) {
        return fact("compensation-begun").build();
    }

    @Override
    public String stepCompensated(Fact.StepCompensated fact) {
        return attempt("step-compensated", fact.attempt()).build();
    }

    @Override
    public String compensationFailed(Fact.CompensationFailed fact) {
        return step("compensation-failed", fact.step()).build();
    }

    @Override
    public String sagaParked(Fact.SagaParked fact) {
        return fact("saga-parked").build();
    }

    @Override
    public String sagaResumed(Fact.SagaResumed fact) {
        return fact("saga-resumed").build();
    }

    @Override
    public String personDecided(Fact.PersonDecided fact) {
        return with(step("person-decided", fact.step()), data()
                .text("resolution", word(fact.resolution())).textIfAny("by", fact.by()).textIfAny("reason", fact.reason()));
    }

    @Override
    public String sagaEnded(Fact.SagaEnded fact) {
        return with(fact("saga-ended"), data().text("status", fact.phase().name()));
    }

    private JsonWriter fact(String name) {
        return new JsonWriter().text("fact", name).number("at_ms", atMs);
    }

    private JsonWriter step(String name, int step) {
        return fact(name).text("step", definition.steps().get(step).id());
    }

    private JsonWriter attempt(String name, AttemptRef attempt) {
        return step(name, attempt.step()).text("direction", word(attempt.direction())).number("attempt", attempt.number());
    }

    private static JsonWriter data() {
        return new JsonWriter();
    }

    /** Names the context values that were set, and keeps them to itself. */
    private static JsonWriter writes(JsonWriter data, String writes) {
        List<String> names = List.copyOf(JsonObject.split(writes).members().keySet());
        return names.isEmpty() ? data : data.texts("writes", names);
    }

    private static String with(JsonWriter fact, JsonWriter data) {
        String members = data.build();
        return (members.equals(JsonObject.EMPTY) ? fact : fact.raw("data", members)).build();
    }

    private static long bytesOf(String value) {
        return value.getBytes(StandardCharsets.UTF_8).length;
    }

    private static String word(Enum<?> value) {
        return Items.word(value);
    }
}
