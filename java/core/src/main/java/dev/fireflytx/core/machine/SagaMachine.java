package dev.fireflytx.core.machine;

import dev.fireflytx.core.definition.SagaPlan;
import java.util.List;

/**
 * The saga machine: two deterministic functions, without clock, thread, randomness, I/O or library.
 *
 * <pre>
 *   decide(state, input) -> facts          what happens now
 *   evolve(state, fact)  -> state          what that changes
 * </pre>
 *
 * <p>Two laws. {@code decide} changes nothing: its facts, applied in order, are the change. And facts alone rebuild a state:
 * recovery never decides. What has to be done outside follows from the state; see {@link Commands}.
 */
public final class SagaMachine {
    /** How often an attempt may be lost with its process before its step is parked. */
    public static final int MAX_LOSSES = 10;

    /** The rule by which results overlay the saga's input; recorded with each saga. */
    public static final int OVERLAY_RULE = 1;

    private SagaMachine() {}

    /**
     * {@return the state before anything happened}
     *
     * @param plan what to run
     */
    public static SagaState blank(SagaPlan plan) {
        return SagaState.blank(plan);
    }

    /**
     * What happens now.
     *
     * @param state where the saga stands
     * @param input what comes from outside
     * @return facts, in order; none if the input changes nothing (a repeated outcome, a timer that is out of date)
     */
    public static List<Fact> decide(SagaState state, Input input) {
        return new Decision(state, input).facts();
    }

    /**
     * What a fact changes.
     *
     * @param state where the saga stands
     * @param fact what happened
     * @return where it stands then
     * @throws IllegalStateException if that fact can't happen in that state
     */
    public static SagaState evolve(SagaState state, Fact fact) {
        return fact.accept(new Evolution(state));
    }

    /**
     * Applies facts in order.
     *
     * @param state where the saga stands
     * @param facts what happened
     * @return where it stands then
     */
    public static SagaState evolve(SagaState state, List<Fact> facts) {
        SagaState current = state;
        for (Fact fact : facts) {
            current = evolve(current, fact);
        }
        return current;
    }
}
