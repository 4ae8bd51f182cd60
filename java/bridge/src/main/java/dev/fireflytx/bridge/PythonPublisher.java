package dev.fireflytx.bridge;

import dev.fireflytx.engine.EventSink;

/** Hands events to Python, which publishes them. */
final class PythonPublisher implements EventSink {
    private final Outbox outbox;

    PythonPublisher(Outbox outbox) {
        this.outbox = outbox;
    }

    @Override
    public void publish(long position, String event) {
        outbox.gather(Items.publish(position, event));
    }

    @Override
    public void flush() {
        outbox.flush();
    }
}
