package dev.fireflytx.engine;

import dev.fireflytx.engine.saga.StepLibrary;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

/** Options of an engine, each with its default. Comes from {@link SagaEngine#builder}. */
public final class SagaEngineBuilder {
    Store store = Stores.memory();
    StepExecutor executor;
    EngineListener listener = new EngineListener() {};
    EventSink publisher;
    EngineClock clock;
    DoubleSupplier jitter = () -> ThreadLocalRandom.current().nextDouble();
    Executor callbacks = ForkJoinPool.commonPool();
    long settleMs = 30_000;
    long valueLimitBytes = 2L << 20;
    long shutdownTimeoutMs = 10_000;
    StepThreads threads;
    StepLibrary steps;
    Values values;
    boolean byHand;

    SagaEngineBuilder() {}

    /** Starts no thread: everything happens in {@link SagaEngine#runTurn}, so that a simulation decides when. */
    SagaEngineBuilder byHand() {
        byHand = true;
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value where sagas are kept; in memory by default
     */
    public SagaEngineBuilder store(Store value) {
        store = Objects.requireNonNull(value);
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value what runs the steps, instead of the code of {@link dev.fireflytx.engine.saga.ExecutableSaga}s. Such an engine begins to
     *     take over what its store holds when {@link SagaEngine#adopt} is called
     */
    public SagaEngineBuilder executor(StepExecutor value) {
        executor = Objects.requireNonNull(value);
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value the steps that run in this JVM, of sagas that are registered by their definition and have kind {@code JAVA} there; the
     *     executor runs their other steps. None by default
     */
    public SagaEngineBuilder steps(StepLibrary value) {
        steps = Objects.requireNonNull(value);
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value who is told of events and log lines; the system's logger by default
     */
    public SagaEngineBuilder listener(EngineListener value) {
        listener = Objects.requireNonNull(value);
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value takes events to where they are published; by default none, and then the store keeps no events
     */
    public SagaEngineBuilder publisher(EventSink value) {
        publisher = Objects.requireNonNull(value);
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value the engine's time; the store's by default
     */
    public SagaEngineBuilder clock(EngineClock value) {
        clock = Objects.requireNonNull(value);
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value gives numbers from 0 (inclusive) to 1 (exclusive), for the pauses before retries
     */
    public SagaEngineBuilder jitter(DoubleSupplier value) {
        jitter = Objects.requireNonNull(value);
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value where futures complete; the common pool by default
     */
    public SagaEngineBuilder callbacks(Executor value) {
        callbacks = Objects.requireNonNull(value);
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value how long an attempt that was told to stop may take to end before its step is parked, in milliseconds; 30 000
     *     by default
     */
    public SagaEngineBuilder settleMs(long value) {
        settleMs = value;
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value the largest value, in bytes of UTF-8; 2 MiB by default
     */
    public SagaEngineBuilder valueLimitBytes(long value) {
        valueLimitBytes = value;
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value runs the code of steps; it remains the caller's to close. By default each step that blocks has a virtual thread, at most
     *     10 000 at once, or on a JVM before 21 one of 256 daemon threads
     * @param limit the most steps that may block there at once, such as the pool's size; the others wait, and their time does not count yet
     */
    public SagaEngineBuilder threads(Executor value, int limit) {
        threads = new StepThreads(Objects.requireNonNull(value), limit, false);
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value reads and writes inputs and results; by default the one on the class path
     */
    public SagaEngineBuilder codec(ValueCodec value) {
        values = new Values(Objects.requireNonNull(value));
        return this;
    }

    /**
     * {@return this builder}
     *
     * @param value how long {@link SagaEngine#close} lets running steps finish, in milliseconds; 10 000 by default
     */
    public SagaEngineBuilder shutdownTimeoutMs(long value) {
        shutdownTimeoutMs = value;
        return this;
    }

    /**
     * {@return a running engine}
     *
     * @throws IllegalStateException with threads that nothing would run in
     */
    public SagaEngine build() {
        if (executor != null && threads != null && steps == null) {
            throw new IllegalStateException(
                    "An engine has threads for the code of its sagas, or an executor that runs everything; take one of them away.");
        }
        values = values == null ? Values.found() : values;
        return new SagaEngine(this);
    }

    /** What runs code in this JVM; null if an executor was given, which runs everything. */
    HandlerExecutor handlers() {
        return executor != null && steps == null ? null : new HandlerExecutor(threads == null ? StepThreads.ofJvm() : threads, values,
                new GuardedListener(listener));
    }

    /** What runs steps, of which those may be a part. */
    StepExecutor executor(HandlerExecutor handlers) {
        return executor == null ? handlers : handlers == null ? executor : new MixedExecutor(handlers, executor);
    }
}
