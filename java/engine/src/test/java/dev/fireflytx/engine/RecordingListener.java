package dev.fireflytx.engine;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what an engine tells. */
final class RecordingListener implements EngineListener {
    private final List<SagaEvent> events = new CopyOnWriteArrayList<>();
    private final List<EngineLog> lines = new CopyOnWriteArrayList<>();
    private volatile Level lowest = Level.DEBUG;

    @Override
    public void onEvent(SagaEvent event) {
        events.add(event);
    }

    @Override
    public boolean isLogging(Level level) {
        return level.getSeverity() >= lowest.getSeverity();
    }

    @Override
    public void onLog(EngineLog entry) {
        lines.add(entry);
    }

    void setLowest(Level level) {
        lowest = level;
    }

    List<SagaEvent> events() {
        return events;
    }

    List<String> eventTypes() {
        return events.stream().map(SagaEvent::eventType).toList();
    }

    List<EngineLog> lines() {
        return lines;
    }

    List<String> messages(Level level) {
        return lines.stream().filter(line -> line.level() == level).map(EngineLog::message).toList();
    }
}
