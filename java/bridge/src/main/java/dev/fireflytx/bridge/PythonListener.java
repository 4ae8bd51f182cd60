package dev.fireflytx.bridge;

import dev.fireflytx.engine.EngineListener;
import dev.fireflytx.engine.EngineLog;
import dev.fireflytx.engine.JoinedSaga;
import dev.fireflytx.engine.ParkedSaga;
import dev.fireflytx.engine.RanAttempt;
import dev.fireflytx.engine.SagaEvent;
import dev.fireflytx.engine.StoppedSaga;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;

/** Tells Python of events and log lines. */
final class PythonListener implements EngineListener {
    private final Outbox outbox;
    private final Consumer<Throwable> broken;
    private volatile Level lowest = Level.INFO;
    private volatile boolean tracing;

    PythonListener(Outbox outbox, Consumer<Throwable> broken) {
        this.outbox = outbox;
        this.broken = broken;
    }

    void setLevel(String word) {
        lowest = switch (word) {
            case "DEBUG" -> Level.DEBUG;
            case "WARNING" -> Level.WARNING;
            case "ERROR", "CRITICAL" -> Level.ERROR;
            default -> Level.INFO;
        };
    }

    @Override
    public void onEvent(SagaEvent event) {
        outbox.gather(Items.event(event));
    }

    @Override
    public void onParked(ParkedSaga saga) {
        outbox.gather(Items.parked(saga));
    }

    void setTracing(boolean wanted) {
        tracing = wanted;
    }

    @Override
    public boolean isTracing() {
        return tracing;
    }

    @Override
    public void onJoined(JoinedSaga saga) {
        outbox.gather(TelemetryItems.joined(saga));
    }

    @Override
    public void onStopped(StoppedSaga saga) {
        outbox.gather(TelemetryItems.ended(saga));
    }

    @Override
    public void onRan(RanAttempt attempt) {
        outbox.gather(TelemetryItems.ran(attempt)); // its outcome follows, and is said with it
    }

    @Override
    public void onBroken(Throwable cause) {
        broken.accept(cause);
    }

    @Override
    public boolean isLogging(Level level) {
        return level.getSeverity() >= lowest.getSeverity();
    }

    @Override
    public void onLog(EngineLog entry) {
        if (isLogging(entry.level())) {
            outbox.gather(Items.log(EngineLog.LOGGER, entry));
        }
    }

    /** A line of another part of the JVM. */
    void log(String logger, Level level, String message) {
        if (isLogging(level)) {
            outbox.add(Items.log(logger, new EngineLog(level, message, "", "", "", 0)));
        }
    }
}
