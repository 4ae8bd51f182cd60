package dev.fireflytx.bridge;

import dev.fireflytx.engine.EngineListener;
import dev.fireflytx.engine.EngineLog;
import dev.fireflytx.engine.SagaEvent;
import java.lang.System.Logger.Level;

/** Tells Python of events and log lines. */
final class PythonListener implements EngineListener {
    private final Outbox outbox;
    private volatile Level lowest = Level.INFO;

    PythonListener(Outbox outbox) {
        this.outbox = outbox;
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
        outbox.add(Items.event(event));
    }

    @Override
    public boolean isLogging(Level level) {
        return level.getSeverity() >= lowest.getSeverity();
    }

    @Override
    public void onLog(EngineLog entry) {
        if (isLogging(entry.level())) {
            outbox.add(Items.log(EngineLog.LOGGER, entry));
        }
    }

    /** A line of another part of the JVM. */
    void log(String logger, Level level, String message) {
        if (isLogging(level)) {
            outbox.add(Items.log(logger, new EngineLog(level, message, "", "", "", 0)));
        }
    }
}
