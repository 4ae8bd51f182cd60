package dev.fireflytx.core.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A saga runs to its end by the definition that the journal keeps, so nothing of it may be lost on the way. */
class DefinitionJsonTest {
    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void a_definition_comes_back_as_it_was(@ForAll("sagas") SagaDefinition saga) {
        assertEquals(saga, DefinitionJson.read(DefinitionJson.write(saga)));
    }

    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void equal_definitions_have_one_text(@ForAll("sagas") SagaDefinition saga) {
        String text = DefinitionJson.write(saga);
        assertEquals(text, DefinitionJson.write(DefinitionJson.read(text)));
    }

    @Example
    void what_is_left_out_has_its_default() {
        assertEquals(SagaDefinition.of("one", StepDefinition.step("a").build()),
                DefinitionJson.read("{\"name\":\"one\",\"steps\":[{\"id\":\"a\"}]}"));
    }

    @Provide
    Arbitrary<SagaDefinition> sagas() {
        return Combinators.combine(names(), steps().list().ofMaxSize(4), numbers().optional(), Arbitraries.integers().optional(),
                        Arbitraries.of(CompensationOrder.class), names().optional(), sagaEvents().optional(),
                        names().list().ofMaxSize(3))
                .as((name, steps, timeoutMs, limit, order, version, events, redact) -> new SagaDefinition(name, steps,
                        timeoutMs.map(OptionalLong::of).orElse(OptionalLong.empty()),
                        limit.map(OptionalInt::of).orElse(OptionalInt.empty()), order, version, events, redact));
    }

    private static Arbitrary<StepDefinition> steps() {
        Arbitrary<StepDefinition.Builder> plain = Combinators.combine(names(), names().list().ofMaxSize(3), flags(), flags(), flags(),
                        policies(), kinds(), Arbitraries.of(InDoubtPolicy.class))
                .as((id, needs, context, conditional, pivot, policy, kind, inDoubt) -> StepDefinition.step(id).dependsOn(needs)
                        .takesContext(context).conditional(conditional).pivot(pivot).policy(policy).kind(kind).inDoubt(inDoubt));
        return Combinators.combine(plain, compensations().optional(), events().optional()).as(DefinitionJsonTest::completed);
    }

    private static StepDefinition completed(
            StepDefinition.Builder step, Optional<CompensationDefinition> compensation, Optional<EventOptions> events) {
        compensation.ifPresent(step::compensation);
        events.ifPresent(step::events);
        return step.build();
    }

    private static Arbitrary<CompensationDefinition> compensations() {
        return Combinators.combine(kinds(), flags(), policies()).as(CompensationDefinition::new);
    }

    private static Arbitrary<EventOptions> events() {
        return Combinators.combine(targets(), Arbitraries.of("", "order.paid"), contents(), flags().list().ofSize(5))
                .as((target, type, content, on) -> new EventOptions(
                        target, type, content, on.get(0), on.get(1), on.get(2), on.get(3), on.get(4)));
    }

    private static Arbitrary<SagaEventOptions> sagaEvents() {
        return Combinators.combine(targets(), contents(), flags().list().ofSize(5)).as((target, content, on) -> new SagaEventOptions(
                target, content, on.get(0), on.get(1), on.get(2), on.get(3), on.get(4)));
    }

    private static Arbitrary<EventTarget> targets() {
        return Combinators.combine(names(), names(), Arbitraries.maps(names(), names()).ofMaxSize(2)).as(EventTarget::new);
    }

    private static Arbitrary<EventContent> contents() {
        return Combinators.combine(flags(), flags(), flags(), flags()).as(EventContent::new);
    }

    private static Arbitrary<RetryPolicy> policies() {
        return Combinators.combine(Arbitraries.integers(), numbers(), numbers()).as(RetryPolicy::new);
    }

    private static Arbitrary<StepKind> kinds() {
        return Arbitraries.of(StepKind.class);
    }

    private static Arbitrary<Boolean> flags() {
        return Arbitraries.of(true, false);
    }

    private static Arbitrary<Long> numbers() {
        return Arbitraries.longs();
    }

    private static Arbitrary<String> names() {
        return Arbitraries.strings().ascii().withChars('"', '\\', 'ä', '€').ofMaxLength(8);
    }
}
