package dev.fireflytx.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Hands the events that wait in the store to whoever publishes them, in order, and only so many at once: while nobody takes them they wait in
 * the store, and not in memory.
 *
 * <p>They are read back from the store, beside the loop, so that there is one order, whatever was left by earlier engines.
 */
final class EventPump implements AutoCloseable {
    static final int MOST_EVENTS = 256;
    private static final long MOST_CHARS = 4L << 20;
    private static final int PAGE = 64;
    private static final long FORGET_AFTER_MS = 200;

    private final EventOutbox outbox;
    private final EventSink sink;
    private final ScheduledThreadPoolExecutor thread;
    private final AtomicBoolean isWoken = new AtomicBoolean();
    private final AtomicBoolean isForgetting = new AtomicBoolean();
    private final Map<Long, Long> readUpTo = new HashMap<>();
    private final Deque<Out> out = new ArrayDeque<>();
    private final List<CompletableFuture<Void>> waiting = new ArrayList<>();
    private List<Long> streams = List.of();
    private Predicate<Consumer<Turn>> submit;
    private long outChars;
    private long position;

    /** An event that was handed out. */
    private record Out(long position, EventOutbox.Waiting event) {}

    /** Without a sink this does nothing, and costs nothing. */
    EventPump(Store store, EventSink sink, boolean byHand) {
        this.sink = store.isReadOnly() ? null : sink;
        this.outbox = store.outbox();
        this.thread = !isPublishing() || byHand ? null : Daemons.timer("fireflytx-events");
        if (isPublishing()) {
            streams = outbox.takeOver();
        }
    }

    boolean isPublishing() {
        return sink != null;
    }

    /** Begins to hand out; what has to be done on the loop's thread is submitted there. */
    void open(Predicate<Consumer<Turn>> toLoop) {
        if (isPublishing()) {
            synchronized (this) {
                submit = toLoop;
            }
            wake();
        }
    }

    /** There are new events. */
    void wake() {
        if (isPublishing() && isWoken.compareAndSet(false, true)) {
            beside(() -> {
                isWoken.set(false);
                run();
            });
        }
    }

    /** An engine has gone: what it had to publish comes before what this one has read no further than now. On the loop's thread. */
    void takeOver() {
        if (isPublishing()) {
            synchronized (this) {
                streams = outbox.takeOver();
            }
            wake();
        }
    }

    /** Events up to this position have arrived. */
    void published(long upTo) {
        if (isPublishing()) {
            beside(() -> {
                letGo(upTo);
                run();
            });
        }
    }

    /** Completed when nothing waits any more. */
    CompletableFuture<Void> whenEmpty() {
        CompletableFuture<Void> empty = new CompletableFuture<>();
        if (isPublishing()) {
            synchronized (this) {
                waiting.add(empty);
            }
            wake();
        } else {
            empty.complete(null);
        }
        return empty;
    }

    private void run() {
        boolean hasRead = false;
        while (readPage()) {
            hasRead = true;
        }
        if (hasRead) {
            sink.flush();
        }
    }

    /** Whether there may be more, and room for it. */
    private synchronized boolean readPage() {
        if (submit == null || out.size() >= MOST_EVENTS || outChars >= MOST_CHARS) {
            return false;
        }
        for (long stream : List.copyOf(streams)) {
            List<EventOutbox.Waiting> page = outbox.read(stream, readUpTo.getOrDefault(stream, 0L), PAGE);
            page.forEach(this::handOut);
            if (!page.isEmpty()) {
                return true;
            }
            dropUnlessOwn(stream);
        }
        if (out.isEmpty() && !waiting.isEmpty()) {
            List<CompletableFuture<Void>> told = List.copyOf(waiting);
            waiting.clear();
            submit.test(turn -> {
                outbox.forget(); // first: whoever waits may end this process next
                told.forEach(empty -> empty.complete(null));
            });
        }
        return false;
    }

    /** The last one is this engine's own; nobody writes the others any more. */
    private void dropUnlessOwn(long stream) {
        if (stream != streams.get(streams.size() - 1)) {
            streams = streams.stream().filter(each -> each != stream).toList();
        }
    }

    private void handOut(EventOutbox.Waiting event) {
        position++;
        readUpTo.put(event.stream(), event.number());
        outChars += event.event().length();
        out.add(new Out(position, event));
        sink.publish(position, event.event());
    }

    private synchronized void letGo(long upTo) {
        while (!out.isEmpty() && out.peek().position() <= upTo) {
            EventOutbox.Waiting event = out.remove().event();
            outChars -= event.event().length();
            outbox.published(event.stream(), event.number());
        }
        if (submit != null && isForgetting.compareAndSet(false, true)) {
            later(() -> {
                isForgetting.set(false);
                toLoop(turn -> outbox.forget());
            });
        }
    }

    private void beside(Runnable work) {
        if (thread == null) {
            work.run();
            return;
        }
        try {
            thread.execute(() -> guarded(work));
        } catch (RejectedExecutionException e) {
            // the engine is closed, and its successor reads what waits
        }
    }

    private void later(Runnable work) {
        if (thread == null) {
            work.run();
            return;
        }
        try {
            thread.schedule(work, FORGET_AFTER_MS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // the store forgets at its end what it was told
        }
    }

    /** A store that can't be read must not go on being written, so that ends the loop. */
    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            toLoop(turn -> {
                throw e;
            });
        }
    }

    private synchronized void toLoop(Consumer<Turn> work) {
        submit.test(work);
    }

    @Override
    public void close() {
        if (thread == null) {
            return;
        }
        thread.shutdownNow();
        try {
            thread.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
