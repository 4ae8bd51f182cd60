package dev.fireflytx.engine;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fireflytx.core.definition.SagaDefinition;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.DoubleSupplier;

/** An engine without threads: nothing happens but in {@link #runTurn}, and futures complete there too. */
public final class HandEngine {
    /** How long a stopped attempt may take to end before its step is parked. */
    public static final long SETTLE_MS = 5_000;

    private final SagaEngine engine;

    /**
     * Opens an engine.
     *
     * @param store where sagas are kept
     * @param clock its time
     * @param executor what runs the steps
     * @param jitter for the pauses before retries
     * @param listener who is told
     */
    public HandEngine(Store store, EngineClock clock, StepExecutor executor, DoubleSupplier jitter, EngineListener listener) {
        engine = options(store, clock, executor, jitter, listener).build();
    }

    /**
     * Opens an engine that publishes events.
     *
     * @param store where sagas are kept
     * @param clock its time
     * @param executor what runs the steps
     * @param jitter for the pauses before retries
     * @param listener who is told
     * @param publisher who takes the events
     */
    public HandEngine(
            Store store, EngineClock clock, StepExecutor executor, DoubleSupplier jitter, EngineListener listener, EventSink publisher) {
        engine = options(store, clock, executor, jitter, listener).publisher(publisher).build();
    }

    private static SagaEngineBuilder options(
            Store store, EngineClock clock, StepExecutor executor, DoubleSupplier jitter, EngineListener listener) {
        return SagaEngine.builder().byHand().store(store).clock(clock).executor(executor).jitter(jitter).listener(listener)
                .callbacks(Runnable::run).settleMs(SETTLE_MS);
    }

    /**
     * Tells that events have arrived.
     *
     * @param upTo the position of the last one
     */
    public void published(long upTo) {
        engine.published(upTo);
    }

    /** {@return completed when no event waits any more} */
    public CompletableFuture<Void> allPublished() {
        return engine.allPublished();
    }

    /**
     * {@return an engine that runs no steps}
     *
     * @param store where sagas are kept
     */
    public static HandEngine over(Store store) {
        return new HandEngine(store, new TestClock(), new ScriptedExecutor(), () -> 0.5, new RecordingListener());
    }

    /**
     * {@return whether there was something to do}
     *
     */
    public boolean runTurn() {
        return engine.runTurn();
    }

    /** Has turns until there is nothing left to do. */
    public void runTurns() {
        while (runTurn()) {
            Thread.onSpinWait();
        }
    }

    /**
     * {@return the answer, after all turns that it takes}
     *
     * @param asked what was asked
     */
    public <T> T answer(CompletableFuture<T> asked) {
        runTurns();
        return asked.join();
    }

    /**
     * {@return why it is refused, after all turns that it takes}
     *
     * @param asked what was asked
     */
    public RefusedException refusal(CompletableFuture<?> asked) {
        runTurns();
        return (RefusedException) assertThrows(CompletionException.class, asked::join).getCause();
    }

    /**
     * Makes a saga known.
     *
     * @param saga what to run
     */
    public void register(SagaDefinition saga) {
        engine.register(saga);
    }

    /** Holds attempts back until {@link #adopt}. */
    public void pause() {
        engine.pause();
    }

    /**
     * Begins, or goes on with another executor's process.
     *
     * @param running attempts that it runs, with the time that each has had, in milliseconds
     */
    public void adopt(Map<AttemptId, Long> running) {
        engine.adopt(running);
    }

    /**
     * {@return how the saga stands then}
     *
     * @param decision what a person decided
     */
    public CompletableFuture<SagaInfo> resolve(ResolveRequest decision) {
        return engine.resolve(decision);
    }

    /**
     * {@return completed when the start is durable}
     *
     * @param request what to start
     */
    public CompletableFuture<String> start(StartRequest request) {
        return engine.start(request);
    }

    /**
     * {@return completed with the saga's result}
     *
     * @param id the saga's id
     */
    public CompletableFuture<SagaResult> result(String id) {
        return engine.result(id);
    }

    /**
     * {@return how the saga stands}
     *
     * @param id the saga's id
     */
    public CompletableFuture<SagaInfo> get(String id) {
        return engine.get(id);
    }

    /**
     * {@return whether it took effect}
     *
     * @param id the saga's id
     */
    public CompletableFuture<Boolean> cancel(String id) {
        return engine.cancel(id, "simulated");
    }

    /**
     * Calls back when everything said so far is durable.
     *
     * @param action what to call
     */
    public void whenDurable(Runnable action) {
        engine.whenDurable(action);
    }

    /** Makes sure that it still owns what it runs, or ends it. */
    public void prove() {
        engine.prove();
    }

    /** Ends it as a program does that shuts down. */
    public void close() {
        engine.close();
    }
}
