package dev.fireflytx.engine;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Passes on what the engine tells: to the listener that it was built with, at once, and to those who came later, in order on their own thread. */
final class Listeners implements EngineListener {
    private static final System.Logger LOGGER = System.getLogger(EngineLog.LOGGER);
    private static final long LONGEST_S = 5;

    private final EngineListener first;
    private final ThreadPoolExecutor thread = Daemons.pool(1, "fireflytx-listeners");
    private final List<Consumer<? super SagaEvent>> ofEvents = new CopyOnWriteArrayList<>();
    private final List<Consumer<? super ParkedSaga>> ofParked = new CopyOnWriteArrayList<>();

    private volatile Thread telling;

    Listeners(EngineListener first) {
        this.first = first;
    }

    void addToEvents(Consumer<? super SagaEvent> listener) {
        ofEvents.add(listener);
    }

    void addToParked(Consumer<? super ParkedSaga> listener) {
        ofParked.add(listener);
    }

    @Override
    public void onEvent(SagaEvent event) {
        tell(ofEvents, event);
        first.onEvent(event);
    }

    @Override
    public void onParked(ParkedSaga saga) {
        tell(ofParked, saga);
        first.onParked(saga);
    }

    private <T> void tell(List<Consumer<? super T>> listeners, T news) {
        listeners.forEach(listener -> thread.execute(() -> tell(listener, news)));
    }

    private <T> void tell(Consumer<? super T> listener, T news) {
        telling = Thread.currentThread();
        try {
            listener.accept(news);
        } catch (RuntimeException e) {
            LOGGER.log(System.Logger.Level.WARNING, "a listener failed, and misses what it was told", e);
        }
    }

    /** Lets listeners hear what there is to hear, unless one of them is the caller. */
    void close() throws InterruptedException {
        thread.shutdown();
        if (Thread.currentThread() != telling) {
            thread.awaitTermination(LONGEST_S, TimeUnit.SECONDS);
        }
    }

    @Override
    public boolean isTracing() {
        return first.isTracing();
    }

    @Override
    public void onJoined(JoinedSaga saga) {
        first.onJoined(saga);
    }

    @Override
    public void onStopped(StoppedSaga saga) {
        first.onStopped(saga);
    }

    @Override
    public void onBroken(Throwable cause) {
        first.onBroken(cause);
    }

    @Override
    public boolean isLogging(System.Logger.Level level) {
        return first.isLogging(level);
    }

    @Override
    public void onLog(EngineLog entry) {
        first.onLog(entry);
    }
}
