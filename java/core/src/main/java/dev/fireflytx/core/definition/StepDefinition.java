package dev.fireflytx.core.definition;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One step of a saga.
 *
 * @param id unique in its saga
 * @param dependsOn ids of the steps that must have settled before it starts
 * @param kind what an attempt occupies
 * @param takesContext whether the method wants the context's values besides its input
 * @param policy retries and timeout
 * @param conditional whether a condition decides if it runs at all
 * @param pivot whether the saga only goes forward once it has succeeded
 * @param inDoubt what to do when it is given up with an attempt in doubt
 * @param compensation how it is undone, if it can be
 * @param events which events it publishes, if any
 */
public record StepDefinition(
        String id,
        List<String> dependsOn,
        StepKind kind,
        boolean takesContext,
        RetryPolicy policy,
        boolean conditional,
        boolean pivot,
        InDoubtPolicy inDoubt,
        Optional<CompensationDefinition> compensation,
        Optional<EventOptions> events) {

    /**
     * Checks and copies what it is given.
     *
     * @param id unique in its saga
     * @param dependsOn ids of the steps that must have settled before it starts
     * @param kind what an attempt occupies
     * @param takesContext whether the method wants the context's values besides its input
     * @param policy retries and timeout
     * @param conditional whether a condition decides if it runs at all
     * @param pivot whether the saga only goes forward once it has succeeded
     * @param inDoubt what to do when it is given up with an attempt in doubt
     * @param compensation how it is undone, if it can be
     * @param events which events it publishes, if any
     */
    public StepDefinition {
        Objects.requireNonNull(id, "id");
        dependsOn = List.copyOf(dependsOn);
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(policy, "policy");
        Objects.requireNonNull(inDoubt, "inDoubt");
        Objects.requireNonNull(compensation, "compensation");
        Objects.requireNonNull(events, "events");
    }

    /**
     * Starts a step with every default.
     *
     * @param id unique in its saga
     * @return a builder
     */
    public static Builder step(String id) {
        return new Builder(id);
    }

    /** Collects what differs from the defaults. */
    public static final class Builder {
        private final String id;
        private List<String> dependsOn = List.of();
        private StepKind kind = StepKind.COROUTINE;
        private boolean takesContext;
        private RetryPolicy policy = RetryPolicy.DEFAULT;
        private boolean conditional;
        private boolean pivot;
        private InDoubtPolicy inDoubt = InDoubtPolicy.COMPENSATE;
        private CompensationDefinition compensation;
        private EventOptions events;

        private Builder(String id) {
            this.id = id;
        }

        /**
         * {@return this builder}
         *
         * @param ids steps that must have settled first
         */
        public Builder dependsOn(String... ids) {
            return dependsOn(List.of(ids));
        }

        /**
         * {@return this builder}
         *
         * @param ids steps that must have settled first
         */
        public Builder dependsOn(List<String> ids) {
            dependsOn = ids;
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param value what an attempt occupies
         */
        public Builder kind(StepKind value) {
            kind = value;
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param value whether the method wants the context's values
         */
        public Builder takesContext(boolean value) {
            takesContext = value;
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param value retries and timeout
         */
        public Builder policy(RetryPolicy value) {
            policy = value;
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param value whether a condition decides if it runs
         */
        public Builder conditional(boolean value) {
            conditional = value;
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param value whether the saga only goes forward after it
         */
        public Builder pivot(boolean value) {
            pivot = value;
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param value what to do when it is given up in doubt
         */
        public Builder inDoubt(InDoubtPolicy value) {
            inDoubt = value;
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param value how it is undone
         */
        public Builder compensation(CompensationDefinition value) {
            compensation = value;
            return this;
        }

        /**
         * {@return this builder}
         *
         * @param value which events it publishes
         */
        public Builder events(EventOptions value) {
            events = value;
            return this;
        }

        /**
         * {@return the step}
         *
         */
        public StepDefinition build() {
            return new StepDefinition(id, dependsOn, kind, takesContext, policy, conditional, pivot, inDoubt,
                    Optional.ofNullable(compensation), Optional.ofNullable(events));
        }
    }
}
