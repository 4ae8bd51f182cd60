package dev.fireflytx.core.definition;

/**
 * Which events a step publishes, and what they carry.
 *
 * @param topic where they go
 * @param eventType the stem of the event's type, or the empty string to derive it from the step's id
 * @param includeTiming whether {@code duration_ms} is given
 * @param includePayload whether the step's input is given
 * @param onStart publish {@code .started} when the first attempt starts
 * @param onSuccess publish {@code .completed}
 * @param onFailure publish {@code .failed}, once, when the step has finally failed
 * @param onRetry publish {@code .retrying} whenever a retry is scheduled
 */
public record EventOptions(
        String topic,
        String eventType,
        boolean includeTiming,
        boolean includePayload,
        boolean onStart,
        boolean onSuccess,
        boolean onFailure,
        boolean onRetry) {

    /**
     * Events of a step's start, success and failure, which carry neither its timing nor its input.
     *
     * @param topic where they go
     * @return the options
     */
    public static EventOptions to(String topic) {
        return new EventOptions(topic, "", false, false, true, true, true, false);
    }

    /**
     * The type of the event that tells of {@code what}.
     *
     * <p>Step {@code process-order} gives {@code order.process.started}: the part after the first hyphen, then the part before
     * it; {@code charge} gives {@code charge.started}.
     *
     * @param stepId the step's id
     * @param what {@code started}, {@code completed}, {@code failed} or {@code retrying}
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
