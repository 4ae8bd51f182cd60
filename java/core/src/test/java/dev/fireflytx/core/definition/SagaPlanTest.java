package dev.fireflytx.core.definition;

import static dev.fireflytx.core.definition.StepDefinition.step;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SagaPlanTest {
    private static final int MANY = 10_000;
    private static final Duration NOT_LONG = Duration.ofSeconds(5);

    private final SagaPlan plan = SagaPlan.of(SagaDefinition.of("diamond",
            step("ship").dependsOn("charge", "pack").pivot(true).build(),
            step("charge").dependsOn("check").build(),
            step("pack").dependsOn("reserve").build(),
            step("reserve").dependsOn("check").build(),
            step("check").build()));

    @Test
    void steps_are_found_by_id() {
        assertEquals(2, plan.indexOf("pack"));
        assertEquals(-1, plan.indexOf("unknown"));
    }

    @Test
    void the_pivot_is_known() {
        assertEquals(0, plan.pivot());
    }

    @Test
    void dependencies_are_kept_in_their_order() {
        assertArrayEquals(new int[] {1, 2}, plan.dependsOn(0));
    }

    @Test
    void dependents_are_worked_out() {
        assertArrayEquals(new int[] {1, 3}, plan.dependents(4));
    }

    @Test
    void every_step_comes_after_those_that_it_depends_on() {
        assertArrayEquals(new int[] {4, 1, 3, 2, 0}, plan.topological());
    }

    @Test
    void results_are_visible_breadth_first_each_list_from_last_to_first() {
        assertArrayEquals(new int[] {2, 1, 3, 4}, plan.visibleFrom(0));
    }

    @Test
    void a_step_reached_twice_is_visible_where_it_was_reached_first() {
        SagaPlan twice = SagaPlan.of(SagaDefinition.of("twice",
                step("far").build(),
                step("near").dependsOn("far").build(),
                step("last").dependsOn("near", "far").build()));
        assertArrayEquals(new int[] {0, 1}, twice.visibleFrom(2));
    }

    @Test
    void a_step_without_dependencies_sees_nothing() {
        assertArrayEquals(new int[0], plan.visibleFrom(4));
    }

    @Test
    void a_definition_that_breaks_a_rule_makes_no_plan() {
        SagaDefinition broken = SagaDefinition.of("s", step("a").dependsOn("a").build());
        assertEquals("Saga 's': the steps depend on each other in a circle: a -> a.",
                assertThrows(InvalidDefinitionException.class, () -> SagaPlan.of(broken)).getMessage());
    }

    @Test
    void a_chain_of_10_000_steps_is_planned_soon_and_overflows_no_stack() {
        SagaPlan chain = assertTimeout(NOT_LONG, () -> SagaPlan.of(saga(chain())));
        assertEquals(MANY - 1, chain.topological()[MANY - 1]);
        assertEquals(MANY - 1, chain.visibleFrom(MANY - 1).length);
    }

    @Test
    void a_chain_of_10_000_steps_listed_from_its_end_is_planned_too() {
        List<StepDefinition> steps = new ArrayList<>(chain());
        Collections.reverse(steps);
        SagaPlan chain = assertTimeout(NOT_LONG, () -> SagaPlan.of(saga(steps)));
        assertEquals(0, chain.topological()[MANY - 1]);
    }

    @Test
    void a_circle_of_10_000_steps_is_found_soon_and_overflows_no_stack() {
        List<StepDefinition> steps = new ArrayList<>(chain());
        steps.set(0, step("s0").dependsOn("s" + (MANY - 1)).build());
        assertTimeout(NOT_LONG, () ->
                assertThrows(InvalidDefinitionException.class, () -> SagaPlan.of(saga(steps))));
    }

    private static List<StepDefinition> chain() {
        return IntStream.range(0, MANY)
                .mapToObj(i -> i == 0 ? step("s0").build() : step("s" + i).dependsOn("s" + (i - 1)).build())
                .toList();
    }

    private static SagaDefinition saga(List<StepDefinition> steps) {
        return new SagaDefinition(
                "chain", steps, OptionalLong.empty(), OptionalInt.empty(), CompensationOrder.SEQUENTIAL);
    }
}
