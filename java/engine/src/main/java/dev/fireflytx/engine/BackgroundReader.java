package dev.fireflytx.engine;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** One thread for reading the store beside the loop; it is there only while there is something to read. */
final class BackgroundReader implements Executor, AutoCloseable {
    private final ThreadPoolExecutor pool;

    BackgroundReader(String name) {
        pool = Daemons.pool(1, name);
    }

    @Override
    public void execute(Runnable read) {
        try {
            pool.execute(read);
        } catch (RejectedExecutionException e) {
            // the engine is closed: nobody waits for what would be read
        }
    }

    /** Drops what waits, and waits for the read at hand, since its store is about to be closed; a long one hears that it should end. */
    @Override
    public void close() {
        pool.shutdownNow();
        try {
            pool.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
