package dev.fireflytx.core.simulation;

import dev.fireflytx.core.definition.CompensationOrder;
import dev.fireflytx.core.definition.InDoubtPolicy;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.RandomDistribution;

/** Where random sagas and random courses of the world come from; both shrink towards the short and uneventful. */
final class Shapes {
    private static final int MAX_STEPS = 12;
    private static final int MAX_CHOICES = 240;

    private Shapes() {}

    static Arbitrary<SagaShape> sagas() {
        return Combinators.combine(
                        steps().list().ofMaxSize(MAX_STEPS),
                        Arbitraries.integers().between(0, 2 * MAX_STEPS).withDistribution(RandomDistribution.uniform()),
                        Arbitraries.of(0, 1, 2, 3),
                        Arbitraries.of(CompensationOrder.class),
                        Arbitraries.of(false, true),
                        Arbitraries.of(false, true))
                .as(SagaShape::new);
    }

    static Arbitrary<byte[]> courses() {
        return Arbitraries.bytes().withDistribution(RandomDistribution.uniform()).array(byte[].class)
                .ofMaxSize(MAX_CHOICES).withSizeDistribution(RandomDistribution.uniform());
    }

    private static Arbitrary<StepShape> steps() {
        return Combinators.combine(
                        dependencyBits(),
                        Arbitraries.of(false, false, false, true),
                        Arbitraries.of(1, 2, 3),
                        Arbitraries.of(0, 1, 2, 3),
                        Arbitraries.of(InDoubtPolicy.class))
                .as(StepShape::new);
    }

    /** Two random masks, one over the other: about every fourth dependency that is possible. */
    private static Arbitrary<Integer> dependencyBits() {
        Arbitrary<Integer> masks = Arbitraries.integers().between(0, (1 << MAX_STEPS) - 1)
                .withDistribution(RandomDistribution.uniform());
        return Combinators.combine(masks, masks).as((left, right) -> left & right);
    }
}
