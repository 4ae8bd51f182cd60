package dev.fireflytx.core.simulation;

import dev.fireflytx.core.machine.SagaPhase;
import dev.fireflytx.core.machine.SagaState;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;

/**
 * Random sagas in random worlds keep the promises of the machine; see {@link Audit}.
 *
 * <p>{@code -Djqwik.tries.default=1000000} runs more cases; a failure prints its seed, and the shrunk saga with its story.
 */
class MachinePropertyTest {

    @Property(edgeCases = EdgeCasesMode.NONE)
    void every_saga_in_every_world_keeps_the_promises(
            @ForAll("sagas") SagaShape saga, @ForAll("courses") byte[] course) {
        List<Turn> turns = World.play(saga.plan(), course);

        SagaState last = turns.get(turns.size() - 1).after();
        Statistics.label("ends").collect(last.isParked() ? "PARKED" : last.phase().toString());
        Statistics.label("ends").coverage(ends -> {
            for (SagaPhase end : List.of(SagaPhase.COMPLETED, SagaPhase.COMPENSATED, SagaPhase.COMPENSATION_FAILED)) {
                ends.check(end.toString()).percentage(percent -> percent > 2);
            }
            ends.check("PARKED").percentage(percent -> percent > 2);
        });
    }

    @Provide
    Arbitrary<SagaShape> sagas() {
        return Shapes.sagas();
    }

    @Provide
    Arbitrary<byte[]> courses() {
        return Shapes.courses();
    }
}
