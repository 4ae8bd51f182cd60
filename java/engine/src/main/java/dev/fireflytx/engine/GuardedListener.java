package dev.fireflytx.engine;

import java.lang.System.Logger.Level;

/** Keeps a listener's exceptions away from the engine's thread: one of them would end every saga. */
final class GuardedListener implements EngineListener {
    private static final System.Logger LOGGER = System.getLogger(EngineLog.LOGGER);

    private final EngineListener listener;

    GuardedListener(EngineListener listener) {
        this.listener = listener;
    }

    @Override
    public void onEvent(SagaEvent event) {
        guard(() -> listener.onEvent(event));
    }

    @Override
    public void onParked(ParkedSaga saga) {
        guard(() -> listener.onParked(saga));
    }

    @Override
    public boolean isTracing() {
        return listener.isTracing();
    }

    @Override
    public void onJoined(JoinedSaga saga) {
        guard(() -> listener.onJoined(saga));
    }

    @Override
    public void onStopped(StoppedSaga saga) {
        guard(() -> listener.onStopped(saga));
    }

    @Override
    public void onRan(RanAttempt attempt) {
        guard(() -> listener.onRan(attempt));
    }

    @Override
    public void onBroken(Throwable cause) {
        guard(() -> listener.onBroken(cause));
    }

    @Override
    public boolean isLogging(Level level) {
        try {
            return listener.isLogging(level);
        } catch (RuntimeException e) {
            complain(e);
            return false;
        }
    }

    @Override
    public void onLog(EngineLog entry) {
        guard(() -> listener.onLog(entry));
    }

    private static void guard(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            complain(e);
        }
    }

    private static void complain(RuntimeException why) {
        LOGGER.log(Level.WARNING, "a listener failed, and misses what it was told", why);
    }
}
