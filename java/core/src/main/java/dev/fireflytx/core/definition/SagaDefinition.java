package dev.fireflytx.core.definition;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A saga's graph and policies: all that decides how it runs, except its code.
 *
 * @param name unique in an engine
 * @param steps in the order of their definition
 * @param timeoutMs the limit of the whole saga, from its start until it compensates
 * @param layerConcurrency the most steps of one saga that run at once
 * @param compensation in which order completed steps are undone
 * @param version which code its runs need: a run never gets that of another version
 * @param events which events it publishes about itself, if any
 * @param redact the names of the fields that nobody may see, at any depth of its values; whoever shows a value masks them
 */
public record SagaDefinition(
        String name,
        List<StepDefinition> steps,
        OptionalLong timeoutMs,
        OptionalInt layerConcurrency,
        CompensationOrder compensation,
        Optional<String> version,
        Optional<SagaEventOptions> events,
        List<String> redact) {

    /**
     * Checks and copies what it is given.
     *
     * @param name unique in an engine
     * @param steps in the order of their definition
     * @param timeoutMs the limit of the whole saga, from its start until it compensates
     * @param layerConcurrency the most steps of one saga that run at once
     * @param compensation in which order completed steps are undone
     * @param version which code its runs need
     * @param events which events it publishes about itself, if any
     * @param redact the names of the fields that nobody may see
     */
    public SagaDefinition {
        Objects.requireNonNull(name, "name");
        steps = List.copyOf(steps);
        Objects.requireNonNull(timeoutMs, "timeoutMs");
        Objects.requireNonNull(layerConcurrency, "layerConcurrency");
        Objects.requireNonNull(compensation, "compensation");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(events, "events");
        redact = List.copyOf(redact);
    }

    /**
     * A saga that publishes nothing about itself, and shows all its values.
     *
     * @param name unique in an engine
     * @param steps in the order of their definition
     * @param timeoutMs the limit of the whole saga, from its start until it compensates
     * @param layerConcurrency the most steps of one saga that run at once
     * @param compensation in which order completed steps are undone
     * @param version which code its runs need
     */
    public SagaDefinition(
            String name,
            List<StepDefinition> steps,
            OptionalLong timeoutMs,
            OptionalInt layerConcurrency,
            CompensationOrder compensation,
            Optional<String> version) {
        this(name, steps, timeoutMs, layerConcurrency, compensation, version, Optional.empty(), List.of());
    }

    /**
     * A saga without a version.
     *
     * @param name unique in an engine
     * @param steps in the order of their definition
     * @param timeoutMs the limit of the whole saga, from its start until it compensates
     * @param layerConcurrency the most steps of one saga that run at once
     * @param compensation in which order completed steps are undone
     */
    public SagaDefinition(
            String name,
            List<StepDefinition> steps,
            OptionalLong timeoutMs,
            OptionalInt layerConcurrency,
            CompensationOrder compensation) {
        this(name, steps, timeoutMs, layerConcurrency, compensation, Optional.empty());
    }

    /**
     * A saga with no limits and sequential compensation.
     *
     * @param name unique in an engine
     * @param steps in the order of their definition
     * @return the definition
     */
    public static SagaDefinition of(String name, StepDefinition... steps) {
        return new SagaDefinition(
                name, List.of(steps), OptionalLong.empty(), OptionalInt.empty(), CompensationOrder.SEQUENTIAL);
    }

    /**
     * The same saga in a version of its code.
     *
     * @param of 1 to 64 printable characters
     * @return the definition
     */
    public SagaDefinition withVersion(String of) {
        return new SagaDefinition(name, steps, timeoutMs, layerConcurrency, compensation, Optional.of(of), events, redact);
    }

    /**
     * The same saga, publishing events about itself.
     *
     * @param published which ones
     * @return the definition
     */
    public SagaDefinition withEvents(SagaEventOptions published) {
        return new SagaDefinition(
                name, steps, timeoutMs, layerConcurrency, compensation, version, Optional.of(published), redact);
    }

    /** {@return a hash of the name} Few definitions of a saga differ, and what begins a run would have to look at every step. */
    @Override
    public int hashCode() {
        return name.hashCode();
    }
}
