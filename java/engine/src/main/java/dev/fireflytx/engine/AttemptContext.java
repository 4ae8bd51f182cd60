package dev.fireflytx.engine;

import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.engine.saga.StepContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the code of one attempt sees of its run. */
final class AttemptContext implements StepContext {
    private final Task task;
    private final Values values;
    private final Map<String, String> results = new LinkedHashMap<>();
    private final Map<String, String> writes = new LinkedHashMap<>();
    private final List<Runnable> onStop = new ArrayList<>();
    private boolean stopped;

    AttemptContext(Task task, Values values) {
        this.task = task;
        this.values = values;
        if (task.attempt().direction() == Direction.BACKWARD) {
            results.put(step(), task.data());
        }
        task.results().forEach(result -> results.putIfAbsent(result.step(), result.value()));
    }

    @Override
    public String correlationId() {
        return task.attempt().correlationId();
    }

    @Override
    public String saga() {
        return task.saga();
    }

    @Override
    public String step() {
        return task.attempt().step();
    }

    @Override
    public int attempt() {
        return task.attempt().number();
    }

    @Override
    public String idempotencyKey() {
        String key = correlationId() + ":" + step();
        return task.attempt().direction() == Direction.BACKWARD ? key + ":compensation" : key;
    }

    @Override
    public boolean isInDoubt() {
        return task.inDoubt();
    }

    @Override
    public Map<String, String> trace() {
        Map<String, String> headers = new LinkedHashMap<>();
        JsonObject trace = JsonObject.split(task.trace());
        trace.members().keySet().forEach(name -> headers.put(name, trace.string(name)));
        return headers;
    }

    @Override
    public <T> T input(Class<T> type) {
        return values.object(task.input(), type, name() + "the saga's input");
    }

    @Override
    public <T> T result(String step, Class<T> type) {
        String result = results.get(step);
        if (result == null) {
            String visible = results.isEmpty() ? "none" : String.join(", ", results.keySet());
            throw new NonRetryableException("Step '" + step() + "' sees no result of '" + step + "'. It sees the results of: " + visible
                    + ". Does it depend on '" + step + "', and was that one not skipped?");
        }
        return values.object(result, type, name() + "the result of step '" + step + "'");
    }

    @Override
    public <T> Optional<T> get(String key, Class<T> type) {
        return find(key).map(json -> type.cast(values.read(json, type, name() + "the context value '" + key + "'")));
    }

    private synchronized Optional<String> find(String key) {
        List<Map<String, String>> sources = new ArrayList<>(List.of(writes, JsonObject.split(task.context()).members()));
        results.values().forEach(result -> sources.add(JsonObject.split(result).members()));
        sources.add(JsonObject.split(task.input()).members());
        return sources.stream().filter(source -> source.containsKey(key)).map(source -> source.get(key)).findFirst();
    }

    @Override
    public void set(String key, Object value) {
        String json = values.write(value, name() + "the context value '" + key + "'");
        synchronized (this) {
            writes.put(key, json);
        }
    }

    synchronized String writes() {
        return JsonObject.join(writes);
    }

    @Override
    public synchronized boolean isStopped() {
        return stopped;
    }

    @Override
    public void onStop(Runnable action) {
        synchronized (this) {
            if (!stopped) {
                onStop.add(action);
                return;
            }
        }
        action.run();
    }

    /** Tells the attempt to stop; gives what is to be called. */
    synchronized List<Runnable> stop() {
        stopped = true;
        return List.copyOf(onStop);
    }

    private String name() {
        return "saga '" + saga() + "', step '" + step() + "': ";
    }
}
