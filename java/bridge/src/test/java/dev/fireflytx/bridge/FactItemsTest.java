package dev.fireflytx.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.ParkReason;
import dev.fireflytx.core.machine.Resolution;
import dev.fireflytx.core.machine.SagaPhase;
import dev.fireflytx.engine.Store;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FactItemsTest {
    private static final AttemptRef CHARGE = new AttemptRef(1, Direction.FORWARD, 2);
    private static final AttemptRef REFUND = new AttemptRef(1, Direction.BACKWARD, 1);
    private static final AttemptRef ASK = new AttemptRef(1, Direction.CONDITION, 1);
    private static final String ABOUT_CHARGE = ",\"step\":\"charge\"";
    private static final String CHARGING = ABOUT_CHARGE + ",\"direction\":\"forward\",\"attempt\":2";
    private static final String REFUNDING = ABOUT_CHARGE + ",\"direction\":\"backward\",\"attempt\":1";
    private static final String ASKING = ABOUT_CHARGE + ",\"direction\":\"condition\",\"attempt\":1";

    static Stream<Arguments> facts() {
        return Stream.of(
                told(new Fact.SagaStarted("{\"ä\":1}", 0, 1, 3), "saga-started", ",\"data\":{\"input_bytes\":8}"),
                told(new Fact.SagaStarted("{}", 60, 1, 3), "saga-started", ",\"data\":{\"input_bytes\":2,\"timeout_ms\":60}"),
                told(new Fact.SagaStarted("{}", 0, 1, 3, "{\"traceparent\":\"00-1\",\"baggage\":\"user=ada\"}"), "saga-started",
                        ",\"data\":{\"input_bytes\":2,\"traceparent\":\"00-1\"}"),
                told(new Fact.AttemptQueued(CHARGE), "attempt-queued", CHARGING),
                told(new Fact.AttemptStarted(CHARGE), "attempt-started", CHARGING),
                told(new Fact.ConditionDecided(ASK, true), "condition-decided", ASKING + ",\"data\":{\"verdict\":true}"),
                told(new Fact.AttemptSucceeded(CHARGE, "{\"id\":7}", "{}"), "attempt-succeeded",
                        CHARGING + ",\"data\":{\"result_bytes\":8}"),
                told(new Fact.AttemptFailed(CHARGE, "{\"type\":\"Declined\",\"message\":\"no\",\"traceback\":\"in f\"}", false,
                        "{\"a\":1,\"b\":2}"), "attempt-failed", CHARGING
                        + ",\"data\":{\"error\":{\"type\":\"Declined\",\"message\":\"no\"},\"retryable\":false,\"writes\":[\"a\",\"b\"]}"),
                told(new Fact.AttemptTimedOut(CHARGE, 50), "attempt-timed-out", CHARGING + ",\"data\":{\"timeout_ms\":50}"),
                told(new Fact.AttemptEnded(CHARGE, "{\"a\":1}"), "attempt-ended", CHARGING + ",\"data\":{\"writes\":[\"a\"]}"),
                told(new Fact.AttemptEnded(CHARGE, "{}"), "attempt-ended", CHARGING),
                told(new Fact.AttemptLost(CHARGE), "attempt-lost", CHARGING),
                told(new Fact.AttemptStuck(CHARGE), "attempt-stuck", CHARGING),
                told(new Fact.RetryScheduled(1, Direction.FORWARD, 20, 1_020), "retry-scheduled",
                        ABOUT_CHARGE + ",\"direction\":\"forward\",\"data\":{\"delay_ms\":20,\"due_ms\":1020}"),
                told(new Fact.RetryDue(1), "retry-due", ABOUT_CHARGE),
                told(new Fact.StepCompleted(CHARGE), "step-completed", CHARGING),
                told(new Fact.StepSkipped(1), "step-skipped", ABOUT_CHARGE),
                told(new Fact.StepFailed(1, true), "step-failed", ABOUT_CHARGE + ",\"data\":{\"in_doubt\":true}"),
                told(new Fact.StepParked(1, ParkReason.values()[0]), "step-parked",
                        ABOUT_CHARGE + ",\"data\":{\"reason\":\"" + Items.word(ParkReason.values()[0]) + "\"}"),
                told(new Fact.LateSuccess(CHARGE, true), "late-success", CHARGING + ",\"data\":{\"undo\":true}"),
                told(new Fact.SagaFailing(1), "saga-failing", ABOUT_CHARGE),
                told(new Fact.SagaCancelled("by hand"), "saga-cancelled", ",\"data\":{\"reason\":\"by hand\"}"),
                told(new Fact.SagaTimedOut(60), "saga-timed-out", ",\"data\":{\"timeout_ms\":60}"),
                told(new Fact.SagaOverdue(60), "saga-overdue", ",\"data\":{\"timeout_ms\":60}"),
                told(new Fact.CompensationBegun(), "compensation-begun", ""),
                told(new Fact.StepCompensated(REFUND), "step-compensated", REFUNDING),
                told(new Fact.CompensationFailed(1), "compensation-failed", ABOUT_CHARGE),
                told(new Fact.SagaParked(), "saga-parked", ""),
                told(new Fact.SagaResumed(), "saga-resumed", ""),
                told(new Fact.PersonDecided(1, Resolution.SKIP_COMPENSATION, "{}", "ada", "refunded by hand"), "person-decided",
                        ABOUT_CHARGE + ",\"data\":{\"resolution\":\"skip-compensation\",\"by\":\"ada\",\"reason\":\"refunded by hand\"}"),
                told(new Fact.SagaEnded(SagaPhase.COMPENSATED), "saga-ended", ",\"data\":{\"status\":\"COMPENSATED\"}"));
    }

    private static Arguments told(Fact fact, String name, String rest) {
        return Arguments.of(fact, "{\"fact\":\"" + name + "\",\"at_ms\":5" + rest + "}");
    }

    @ParameterizedTest
    @MethodSource("facts")
    void each_fact_is_told_by_names_and_without_values(Fact fact, String item) {
        assertEquals(List.of(item), FactItems.of(saga(new Store.TimedFacts(5, List.of(fact)))));
    }

    @Test
    void facts_come_in_order_each_with_the_time_of_its_turn() {
        var first = new Store.TimedFacts(1, List.of(new Fact.CompensationBegun(), new Fact.SagaParked()));
        var second = new Store.TimedFacts(2, List.of(new Fact.SagaResumed()));
        assertEquals(List.of("{\"fact\":\"compensation-begun\",\"at_ms\":1}", "{\"fact\":\"saga-parked\",\"at_ms\":1}",
                "{\"fact\":\"saga-resumed\",\"at_ms\":2}"), FactItems.of(saga(first, second)));
    }

    private static Store.StoredSaga saga(Store.TimedFacts... turns) {
        SagaDefinition definition = SagaDefinition.of("order",
                StepDefinition.step("reserve").build(), StepDefinition.step("charge").build());
        return new Store.StoredSaga(null, definition, List.of(turns));
    }
}
