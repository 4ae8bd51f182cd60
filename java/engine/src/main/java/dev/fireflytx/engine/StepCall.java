package dev.fireflytx.engine;

import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonScanner;
import dev.fireflytx.core.machine.Direction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What a handler of {@link HandlerExecutor} is given for one attempt. Values are JSON text. Used by the handler's thread alone. */
public final class StepCall {
    private final Task task;
    private final Map<String, String> writes = new LinkedHashMap<>();

    StepCall(Task task) {
        this.task = Objects.requireNonNull(task, "task");
    }

    /** {@return the step's input, an object; for a compensation the step's result, {@code {}} in doubt} */
    public String data() {
        return task.data();
    }

    /** {@return the saga's input, an object; {@code {}} unless the definition says that the step takes a context} */
    public String input() {
        return task.input();
    }

    /** {@return the results that the step can see, nearest first; none unless the definition says that it takes a context} */
    public List<Task.StepValue> results() {
        return task.results();
    }

    /**
     * {@return the saga's context values when this attempt was handed out, an object without its own writes; {@code {}} unless the
     * definition says that the step takes a context}
     */
    public String context() {
        return task.context();
    }

    /**
     * Sets a context value, which later steps, retries and compensations see. It is kept even if this attempt fails.
     *
     * @param key an unescaped key
     * @param value any JSON value, as text
     * @throws JsonException if the value is malformed
     */
    public void setContext(String key, String value) {
        JsonScanner scanner = new JsonScanner(value);
        String read = scanner.value();
        scanner.end();
        writes.put(Objects.requireNonNull(key, "key"), read);
    }

    /** {@return the attempt's name} */
    public AttemptId attempt() {
        return task.attempt();
    }

    /** {@return what to give to other services: the same for all attempts of a step; its compensation has its own} */
    public String idempotencyKey() {
        String key = attempt().correlationId() + ":" + attempt().step();
        return attempt().direction() == Direction.BACKWARD ? key + ":compensation" : key;
    }

    /** {@return for a compensation: whether nobody knows if the step took effect} */
    public boolean isInDoubt() {
        return task.inDoubt();
    }

    String writes() {
        return JsonObject.join(writes);
    }
}
