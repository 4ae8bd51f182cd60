package dev.fireflytx.engine;

import dev.fireflytx.core.definition.SagaPlan;
import dev.fireflytx.core.machine.SagaMachine;
import dev.fireflytx.core.machine.SagaState;
import java.util.Optional;

/** Whether what a store holds of a saga makes sense. */
final class SagaCheck {
    private SagaCheck() {}

    /** What is wrong, if anything: its facts can't be followed, or lead elsewhere than its row says. */
    static Optional<String> problem(Store.StoredSaga saga) {
        SagaStatus status;
        try {
            status = SagaStatus.of(stateOf(saga));
        } catch (RuntimeException e) {
            return Optional.of("its facts make no sense: " + e);
        }
        return status == saga.header().status() ? Optional.empty()
                : Optional.of("its row says " + saga.header().status() + ", its facts say " + status);
    }

    static SagaState stateOf(Store.StoredSaga saga) {
        SagaState state = SagaMachine.blank(SagaPlan.of(saga.definition()));
        for (Store.TimedFacts turn : saga.turns()) {
            state = SagaMachine.evolve(state, turn.facts());
        }
        return state;
    }
}
