package dev.fireflytx.core.machine;

import static dev.fireflytx.core.definition.StepDefinition.step;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.fireflytx.core.definition.CompensationOrder;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.SagaPlan;
import dev.fireflytx.core.definition.StepDefinition;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Sagas far larger than sensible get an answer, not a hang. */
class LargeSagaTest {
    private static final int MANY = 10_000;
    private static final Duration NOT_LONG = Duration.ofSeconds(30);

    @Test
    void a_chain_of_10_000_steps_completes() {
        List<StepDefinition> chain = IntStream.range(0, MANY)
                .mapToObj(i -> i == 0 ? step("s0").build() : step("s" + i).dependsOn("s" + (i - 1)).build())
                .toList();
        assertEquals(SagaPhase.COMPLETED, assertTimeout(NOT_LONG, () -> runToSuccess(chain)));
    }

    @Test
    void two_thousand_steps_side_by_side_complete() {
        List<StepDefinition> fan = IntStream.range(0, MANY / 5).mapToObj(i -> step("s" + i).build()).toList();
        assertEquals(SagaPhase.COMPLETED, assertTimeout(NOT_LONG, () -> runToSuccess(fan)));
    }

    private static SagaPhase runToSuccess(List<StepDefinition> steps) {
        SagaPlan plan = SagaPlan.of(new SagaDefinition(
                "large", steps, OptionalLong.empty(), OptionalInt.empty(), CompensationOrder.SEQUENTIAL));
        SagaState state = SagaMachine.blank(plan);
        Deque<Signal> signals = new ArrayDeque<>(List.of(new Signal.Start("{}", 0)));
        while (!signals.isEmpty()) {
            SagaState before = state;
            state = SagaMachine.evolve(state, SagaMachine.decide(state, new Input(signals.remove(), 1, 0, Places.UNLIMITED)));
            for (Commands.Command command : Commands.between(before, state)) {
                signals.add(new Signal.Succeeded(((Commands.Run) command).attempt(), "{}", "{}"));
            }
        }
        return state.phase();
    }
}
