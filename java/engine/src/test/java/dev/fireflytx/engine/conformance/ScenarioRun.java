package dev.fireflytx.engine.conformance;

import dev.fireflytx.engine.Decisions;
import dev.fireflytx.engine.EngineListener;
import dev.fireflytx.engine.ParkedSaga;
import dev.fireflytx.engine.RefusedException;
import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.SagaEngineBuilder;
import dev.fireflytx.engine.SagaEvent;
import dev.fireflytx.engine.SagaInfo;
import dev.fireflytx.engine.SagaQuery;
import dev.fireflytx.engine.SagaResult;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.StartOptions;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.ValueRefusedException;
import dev.fireflytx.engine.saga.ExecutableSaga;
import dev.fireflytx.engine.saga.Sagas;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Runs a scenario through the Java API, on an engine of its own. */
final class ScenarioRun implements AutoCloseable {
    private static final long PATIENCE_S = 20;
    private static final EngineListener WITHOUT_LOG = new EngineListener() {
        @Override
        public boolean isLogging(System.Logger.Level level) {
            return false;
        }
    };

    final List<SagaEvent> events = new CopyOnWriteArrayList<>();
    final List<ParkedSaga> parked = new CopyOnWriteArrayList<>();
    final List<String> problems = new ArrayList<>();
    final World world;

    private final Scenario scenario;
    private final Supplier<Store> store;
    private final ExecutableSaga saga;
    private SagaEngine engine;
    private SagaResult result;

    /**
     * Begins nothing yet.
     *
     * @param scenario what to run
     * @param store opens the store; again after a restart
     */
    ScenarioRun(Scenario scenario, Supplier<Store> store) {
        this.scenario = scenario;
        this.store = store;
        this.world = new World(scenario);
        this.saga = ScenarioSaga.of(scenario, world);
    }

    /** Null if the saga did not come to a result. */
    SagaResult result() {
        return result;
    }

    void toItsEnd() {
        open();
        try {
            if (!beginsWithStart()) {
                start(new Part("start", Map.of()));
            }
            for (Part action : scenario.actions()) {
                action.maybeText("when").ifPresent(this::await);
                perform(action);
            }
            result = awaitResult();
        } catch (StandsStill e) {
            problems.add(e.getMessage());
        }
    }

    /** Listeners have heard everything when it returns. */
    @Override
    public void close() {
        engine.close();
        world.close();
    }

    private void open() {
        SagaEngineBuilder builder = SagaEngine.builder().store(store.get()).listener(WITHOUT_LOG).shutdownTimeoutMs(0);
        scenario.engine().number("settle_ms").ifPresent(builder::settleMs);
        scenario.engine().number("value_limit_bytes").ifPresent(builder::valueLimitBytes);
        engine = builder.build();
        engine.onEvent(events::add);
        engine.onParked(parked::add);
        engine.register(saga);
    }

    /** Whether the first action is the start, as when it is to be refused. */
    private boolean beginsWithStart() {
        return !scenario.actions().isEmpty() && scenario.actions().get(0).text("do").equals("start")
                && !scenario.actions().get(0).has("when");
    }

    private void await(String moment) {
        if (moment.equals(Scenario.RESULT)) {
            awaitResult();
        } else {
            get("'" + moment + "'", world.happened(moment));
        }
    }

    private SagaResult awaitResult() {
        return get("the result", engine.result(scenario.name()));
    }

    private void perform(Part action) {
        Object given;
        try {
            given = act(action);
        } catch (RefusedException | ValueRefusedException e) {
            compareRefusal(action, e);
            return;
        }
        if (action.has("refused")) {
            note(action, "a refusal with " + action.part("refused").text("code"), given);
        } else if (action.has("gives") && !action.value("gives").equals(given)) {
            note(action, action.value("gives"), given);
        }
    }

    private Object act(Part action) {
        String id = scenario.name();
        Decisions decide = engine.decisionsOf("ada");
        String reason = action.text("reason", "");
        return switch (action.text("do")) {
            case "open" -> {
                world.open(action.text("gate"));
                yield null;
            }
            case "start" -> start(action);
            case "restart" -> {
                restart();
                yield null;
            }
            case "status" -> ask(engine.get(id)).status().name();
            case "list" -> ask(engine.list(SagaQuery.all().status(SagaStatus.valueOf(action.text("status"))).limit(1000)))
                    .stream().anyMatch(header -> header.correlationId().equals(id));
            case "cancel" -> ask(engine.cancel(id, reason));
            case "retry_step" -> status(decide.retryStep(id, action.text("step"), reason));
            case "complete_step" -> status(decide.completeStep(id, action.text("step"), action.value("result"), reason));
            case "fail_step" -> status(decide.failStep(id, action.text("step"), reason));
            case "retry_compensation" -> status(decide.retryCompensation(id, reason));
            case "mark_compensated" -> status(decide.markCompensated(id, action.text("step"), reason));
            case "skip_compensation" -> status(decide.skipCompensation(id, action.text("step"), reason));
            default -> throw new ScenarioException("'" + action.text("do") + "' is no action");
        };
    }

    private Object start(Part action) {
        String name = action.text("saga", saga.name());
        if (name.equals(Scenario.OTHER_SAGA)) {
            engine.register(Sagas.named(name).build());
        }
        StartOptions options = StartOptions.id(scenario.name());
        if (scenario.whole().has("timeout_ms")) {
            options = options.timeout(Duration.ofMillis(scenario.whole().number("timeout_ms").getAsLong()));
        }
        Object input = action.value("input", scenario.whole().value("input", Map.of()));
        ask(engine.start(name, input, options));
        return null;
    }

    private void restart() {
        world.abandon();
        engine.close();
        open();
    }

    private static String status(CompletableFuture<SagaInfo> asked) {
        return ask(asked).status().name();
    }

    private void compareRefusal(Part action, RuntimeException seen) {
        if (!action.has("refused")) {
            note(action, action.value("gives", "no refusal"), seen);
            return;
        }
        String code = codeOf(seen);
        List<String> says = action.part("refused").texts("says");
        if (!code.equals(action.part("refused").text("code"))) {
            note(action, action.part("refused").text("code"), code + ": " + seen.getMessage());
        } else if (says.stream().anyMatch(text -> !seen.getMessage().contains(text.replace("{id}", scenario.name())))) {
            note(action, "a refusal that says " + says, seen.getMessage());
        }
    }

    /** A value that can't be taken is refused where it is written as JSON, or by the engine as malformed. */
    private static String codeOf(RuntimeException refusal) {
        boolean isCode = refusal instanceof RefusedException refused && refused.code() != RefusedException.Code.MALFORMED;
        return isCode ? ((RefusedException) refusal).code().name() : "VALUE";
    }

    private void note(Part action, Object expected, Object seen) {
        problems.add("the action '" + action.text("do") + "': expected " + expected + ", seen " + seen);
    }

    private static <T> T ask(CompletableFuture<T> asked) {
        return get("an answer", asked);
    }

    private static <T> T get(String what, CompletableFuture<T> future) {
        try {
            return future.orTimeout(PATIENCE_S, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof TimeoutException) {
                throw new StandsStill("it did not go on: it waits for " + what);
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private static final class StandsStill extends RuntimeException {
        private static final long serialVersionUID = 1;

        StandsStill(String message) {
            super(message);
        }
    }
}
