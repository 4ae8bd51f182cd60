package dev.fireflytx.core.definition;

import java.util.Objects;

/**
 * Which events a step publishes, where they go, and what they carry.
 *
 * @param target where they go
 * @param eventType the stem of the event's type, or the empty string to derive it from the step's id
 * @param content what they carry
 * @param onStart publish {@code .started} when the first attempt starts
 * @param onSuccess publish {@code .completed}
 * @param onFailure publish {@code .failed}, once, when the step has finally failed
 * @param onRetry publish {@code .retrying} whenever a retry is scheduled
 * @param onCompensation publish {@code .compensated} when the step is undone, and {@code .compensation_failed} when that is given up
 */
public record EventOptions(
        EventTarget target,
        String eventType,
        EventContent content,
        boolean onStart,
        boolean onSuccess,
        boolean onFailure,
        boolean onRetry,
        boolean onCompensation) {

    /**
     * Checks what it is given.
     *
     * @param target see above
     * @param eventType see above
     * @param content see above
     * @param onStart see above
     * @param onSuccess see above
     * @param onFailure see above
     * @param onRetry see above
     * @param onCompensation see above
     */
    public EventOptions {
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(eventType, "eventType");
        Objects.requireNonNull(content, "content");
    }

    /**
     * Events that carry a step's timing and input at most, and don't tell of compensations.
     *
     * @param topic where they go
     * @param eventType see above
     * @param includeTiming whether {@code duration_ms} is given
     * @param includePayload whether the step's input is given
     * @param onStart see above
     * @param onSuccess see above
     * @param onFailure see above
     * @param onRetry see above
     */
    public EventOptions(
            String topic,
            String eventType,
            boolean includeTiming,
            boolean includePayload,
            boolean onStart,
            boolean onSuccess,
            boolean onFailure,
            boolean onRetry) {
        this(EventTarget.to(topic), eventType, new EventContent(includeTiming, includePayload, false, false),
                onStart, onSuccess, onFailure, onRetry, false);
    }

    /**
     * Events of a step's start, success and failure, which carry nothing besides.
     *
     * @param topic where they go
     * @return the options
     */
    public static EventOptions to(String topic) {
        return to(EventTarget.to(topic));
    }

    /**
     * Events of a step's start, success and failure, which carry nothing besides.
     *
     * @param target where they go
     * @return the options
     */
    public static EventOptions to(EventTarget target) {
        return new EventOptions(target, "", EventContent.NOTHING, true, true, true, false, false);
    }

    /**
     * {@return these options, with other contents}
     *
     * @param carried what the events carry
     */
    public EventOptions carrying(EventContent carried) {
        return new EventOptions(target, eventType, carried, onStart, onSuccess, onFailure, onRetry, onCompensation);
    }

    /** {@return these options, with events of retries and of compensations too} */
    public EventOptions ofEverything() {
        return new EventOptions(target, eventType, content, true, true, true, true, true);
    }

    /**
     * The type of the event that tells of {@code what}.
     *
     * <p>Step {@code process-order} gives {@code order.process.started}: the part after the first hyphen, then the part before
     * it; {@code charge} gives {@code charge.started}.
     *
     * @param stepId the step's id
     * @param what {@code started}, {@code completed}, {@code failed}, {@code retrying}, {@code compensated} or {@code compensation_failed}
     * @return the event's type
     */
    public String typeFor(String stepId, String what) {
        return (eventType.isEmpty() ? stemOf(stepId) : eventType) + "." + what;
    }

    private static String stemOf(String stepId) {
        int hyphen = stepId.indexOf('-');
        return hyphen < 0 ? stepId : stepId.substring(hyphen + 1) + "." + stepId.substring(0, hyphen);
    }
}
