package dev.fireflytx.engine;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what an engine tells. */
final class RecordingListener implements EngineListener {
    private final List<SagaEvent> events = new CopyOnWriteArrayList<>();
    private final List<EngineLog> lines = new CopyOnWriteArrayList<>();
    private final List<StoppedSaga> stopped = new CopyOnWriteArrayList<>();
    private final List<JoinedSaga> joined = new CopyOnWriteArrayList<>();
    private final List<RanAttempt> ran = new CopyOnWriteArrayList<>();
    private volatile Level lowest = Level.DEBUG;
    private volatile boolean tracing;

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

    @Override
    public boolean isTracing() {
        return tracing;
    }

    @Override
    public void onStopped(StoppedSaga saga) {
        stopped.add(saga);
    }

    @Override
    public void onJoined(JoinedSaga saga) {
        joined.add(saga);
    }

    @Override
    public void onRan(RanAttempt attempt) {
        ran.add(attempt);
    }

    void setTracing(boolean wanted) {
        tracing = wanted;
    }

    List<StoppedSaga> stopped() {
        return stopped;
    }

    List<JoinedSaga> joined() {
        return joined;
    }

    List<RanAttempt> ran() {
        return ran;
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
