package dev.fireflytx.engine;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Where steps run.
 *
 * @param executor runs them
 * @param limit the most that may block there at once
 * @param isOwn whether it belongs to the engine, and ends with it
 */
record StepThreads(Executor executor, int limit, boolean isOwn) {
    /** As many as may be out at once, also of those that block no thread. */
    static final int MOST_OUT = 10_000;

    private static final int PLATFORM_THREADS = 256;

    /** Virtual threads where the JVM has them (21 or newer), else a pool of its own threads, which do not keep the JVM alive. */
    static StepThreads ofJvm() {
        try {
            ExecutorService virtual = (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
            return new StepThreads(virtual, MOST_OUT, true);
        } catch (ReflectiveOperationException e) {
            return new StepThreads(Daemons.pool(PLATFORM_THREADS, "fireflytx-step"), PLATFORM_THREADS, true);
        }
    }

    void close() {
        if (isOwn) {
            ((ExecutorService) executor).shutdown();
        }
    }
}
