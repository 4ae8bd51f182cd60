package dev.fireflytx.engine.conformance;

import dev.fireflytx.engine.NonRetryableException;
import dev.fireflytx.engine.saga.StepContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * What a scenario's steps do, as its script says, and the record of it. All of it happens on one thread, so that a call's end is told after
 * its attempt has been reported.
 */
final class World implements AutoCloseable {

    /** Retried, as any exception is. */
    static final class Declined extends RuntimeException {
        private static final long serialVersionUID = 1;

        Declined(String message) {
            super(message);
        }
    }

    /** Retried too; a second type, so that a result shows whose error it has. */
    static final class Unreachable extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unreachable(String message) {
            super(message);
        }
    }

    /** Not retried. */
    static final class Forbidden extends NonRetryableException {
        private static final long serialVersionUID = 1;

        Forbidden(String message) {
            super(message);
        }
    }

    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread made = new Thread(work, "world");
        made.setDaemon(true);
        return made;
    });
    private final Map<String, List<Part>> script;
    private final List<Map<String, Object>> effects = new ArrayList<>();
    private final Set<String> happened = new HashSet<>();
    private final Map<String, List<Runnable>> waiting = new HashMap<>();
    private int generation;

    World(Scenario scenario) {
        script = scenario.script();
    }

    /** Everything that has had an effect up to now. */
    List<Map<String, Object>> effects() {
        return onThread(() -> List.copyOf(effects)).join();
    }

    /** Completed when it has happened. */
    CompletableFuture<Void> happened(String moment) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        thread.execute(() -> when(moment, () -> done.complete(null)));
        return done;
    }

    /** Lets those go on that wait for the gate. */
    void open(String gate) {
        thread.execute(() -> happens(gate));
    }

    /** The engine goes down: what its calls do from now on is no effect, since nobody reports it. */
    void abandon() {
        onThread(() -> generation++).join();
    }

    /** A condition's answer. */
    boolean ask(String name, Object data) {
        return onThread(() -> {
            record(effect(name, data, null, false));
            happens(name + " begins");
            Part outcome = outcome(name, 1);
            happens(name + " ends");
            return (Boolean) end(outcome, data, true);
        }).join();
    }

    /** An attempt that is done when the future is. */
    CompletableFuture<Object> call(String name, Object data, StepContext context) {
        return new Call(name, data, context, true);
    }

    /** An attempt that blocks its thread. */
    Object callPlainly(String name, Object data, StepContext context) throws Exception {
        Call call = new Call(name, data, context, false);
        thread.execute(call::begin);
        while (true) {
            try {
                return call.get();
            } catch (ExecutionException e) {
                throw (Exception) e.getCause();
            } catch (InterruptedException e) {
                if (!call.outcome.flag("ignores_stop", false)) {
                    throw e;
                }
            }
        }
    }

    private final class Call extends CompletableFuture<Object> {
        private final String name;
        private final Object data;
        private final StepContext context;
        private final Part outcome;
        private final boolean heedsStop;
        private final Map<String, Object> effect;
        private int begunIn;

        Call(String step, Object data, StepContext context, boolean heedsStop) {
            this.name = step + " " + context.attempt();
            this.data = Json.plain(data);
            this.context = context;
            this.outcome = outcome(step, context.attempt());
            this.heedsStop = heedsStop;
            this.effect = World.this.effect(name, this.data, context.idempotencyKey(), context.isInDoubt());
        }

        /** Begins when the engine listens: only then is its end reported before anybody else hears of it. */
        @Override
        public CompletableFuture<Object> whenComplete(BiConsumer<? super Object, ? super Throwable> listener) {
            CompletableFuture<Object> listened = super.whenComplete(listener);
            thread.execute(this::begin);
            return listened;
        }

        void begin() {
            begunIn = generation;
            record(effect);
            happens(name + " begins");
            try {
                store();
            } catch (RuntimeException e) {
                finish(e);
                return;
            }
            if (outcome.has("after") || outcome.flag("hangs", false)) {
                if (heedsStop) {
                    context.onStop(() -> thread.execute(this::stop));
                }
                when(outcome.text("after", name + " goes on"), this::finish);
            } else {
                finish();
            }
        }

        @SuppressWarnings("unchecked")
        private void store() {
            ((Map<String, Object>) outcome.value("set", Map.of())).forEach(context::set);
        }

        private void look() {
            for (String key : outcome.texts("get")) {
                members("got").put(key, Json.plain(context.get(key, Object.class).orElse(null)));
            }
            for (String step : outcome.texts("result_of")) {
                members("results").put(step, Json.plain(context.result(step, Map.class)));
            }
        }

        @SuppressWarnings("unchecked")
        private Map<String, Object> members(String key) {
            return (Map<String, Object>) effect.get(key);
        }

        private void stop() {
            if (isDone() || begunIn != generation) {
                return;
            }
            record(World.this.effect(name + " is stopped", null, null, false));
            happens(name + " is stopped");
            if (!outcome.flag("ignores_stop", false)) {
                finish(new CancellationException("stopped"));
            }
        }

        private void finish() {
            if (isDone()) {
                return; // it was stopped before what it waits for has come
            }
            try {
                look();
                complete(end(outcome, data, Map.of()));
                ended();
            } catch (RuntimeException e) {
                finish(e);
            }
        }

        private void finish(RuntimeException failure) {
            completeExceptionally(failure);
            ended();
        }

        private void ended() {
            if (begunIn == generation) {
                record(World.this.effect(name + " ends", null, null, false));
                happens(name + " ends");
            }
        }
    }

    private Part outcome(String name, int attempt) {
        List<Part> outcomes = script.getOrDefault(name, List.of());
        return outcomes.isEmpty() ? new Part(name, Map.of()) : outcomes.get(Math.min(attempt, outcomes.size()) - 1);
    }

    private static Object end(Part outcome, Object data, Object standard) {
        if (outcome.has("raises")) {
            Part raised = outcome.part("raises");
            throw error(raised.text("type"), raised.text("message", ""));
        }
        return outcome.flag("returns_input", false) ? data : outcome.value("returns", standard);
    }

    private static RuntimeException error(String type, String message) {
        return switch (type) {
            case "Declined" -> new Declined(message);
            case "Unreachable" -> new Unreachable(message);
            case "Forbidden" -> new Forbidden(message);
            default -> throw new ScenarioException("there is no error '" + type + "'; there are Declined, Unreachable, Forbidden");
        };
    }

    private Map<String, Object> effect(String call, Object saw, String key, boolean inDoubt) {
        Map<String, Object> effect = new LinkedHashMap<>();
        effect.put("call", call);
        effect.put("saw", Json.plain(saw));
        effect.put("key", key);
        effect.put("in_doubt", inDoubt);
        effect.put("got", new LinkedHashMap<String, Object>());
        effect.put("results", new LinkedHashMap<String, Object>());
        return effect;
    }

    private void record(Map<String, Object> effect) {
        effects.add(effect);
    }

    private void happens(String moment) {
        happened.add(moment);
        waiting.getOrDefault(moment, List.of()).forEach(thread::execute);
        waiting.remove(moment);
    }

    private void when(String moment, Runnable action) {
        if (happened.contains(moment)) {
            action.run();
        } else {
            waiting.computeIfAbsent(moment, ignored -> new ArrayList<>()).add(action);
        }
    }

    private <T> CompletableFuture<T> onThread(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, thread);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
