package dev.fireflytx.engine.journal;

/** A thread beside the engine's, which does not keep the JVM alive. */
final class Daemon {
    private Daemon() {}

    static Thread of(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Interrupts a thread, and waits for its end. */
    static void end(Thread thread) {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
