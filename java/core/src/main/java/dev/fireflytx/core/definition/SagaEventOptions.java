package dev.fireflytx.core.definition;

import java.util.Objects;

/**
 * Which events a saga publishes about itself, where they go, and what they carry.
 *
 * @param target where they go
 * @param content what they carry
 * @param onStart publish {@code <saga>.saga.started}
 * @param onSuccess publish {@code .completed}
 * @param onFailure publish {@code .failed} when the saga turns back: a step was given up, it was cancelled, or its time was up
 * @param onCompensation publish {@code .compensating} when undoing begins, and {@code .compensated} or {@code .compensation_failed} at its end
 * @param onParked publish {@code .parked} when the saga waits for a person
 */
public record SagaEventOptions(
        EventTarget target,
        EventContent content,
        boolean onStart,
        boolean onSuccess,
        boolean onFailure,
        boolean onCompensation,
        boolean onParked) {

    /**
     * Checks what it is given.
     *
     * @param target see above
     * @param content see above
     * @param onStart see above
     * @param onSuccess see above
     * @param onFailure see above
     * @param onCompensation see above
     * @param onParked see above
     */
    public SagaEventOptions {
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(content, "content");
    }

    /**
     * Every event of a saga; they carry nothing besides.
     *
     * @param topic where they go
     * @return the options
     */
    public static SagaEventOptions to(String topic) {
        return new SagaEventOptions(EventTarget.to(topic), EventContent.NOTHING, true, true, true, true, true);
    }

    /**
     * The type of the event that tells of {@code what}.
     *
     * @param saga the saga's name
     * @param what {@code started}, {@code completed}, {@code failed} and so on
     * @return the event's type
     */
    public static String typeFor(String saga, String what) {
        return saga + ".saga." + what;
    }
}
