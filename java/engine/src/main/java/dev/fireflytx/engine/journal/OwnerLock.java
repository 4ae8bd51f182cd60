package dev.fireflytx.engine.journal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The file that shows others whether an owner of the journal lives: {@code journal.db-owner-7}.
 *
 * <p>Its first byte is locked by the engine's process, its second one by the process that runs the steps, if that is another one. The operating
 * system gives both back when their processes end, however they end. What is written in the file tells the engine's process, and counts up as
 * long as that is not frozen. Nothing of it is synced: it concerns this boot of the machine alone.
 */
final class OwnerLock implements AutoCloseable {
    private static final long ENGINE = 0;
    private static final long WORKER = 1;
    private static final long LONGEST_WAIT_NS = TimeUnit.SECONDS.toNanos(3);
    private static final int PID_WIDTH = 20;
    private static final long BETWEEN_TRIES_NS = TimeUnit.MILLISECONDS.toNanos(10);

    /** Closing any descriptor of a locked file drops this process's locks on it, so such a file must not be opened a second time here. */
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel channel;
    private long beats;

    private OwnerLock(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /**
     * What the file of another owner says.
     *
     * @param process the engine's process
     * @param beats how often it has said that it is not frozen
     */
    record Sign(String process, long beats) {}

    private interface Taking {
        boolean isTaken(FileChannel channel) throws IOException;
    }

    /** Takes an owner's place; one that was killed a moment ago may not be gone yet, and is waited for. Empty if it does not go. */
    static Optional<OwnerLock> claim(Path journal, long number) throws IOException {
        Optional<OwnerLock> claimed = take(path(journal, number), OwnerLock::isFreeInTime);
        if (claimed.isPresent()) {
            claimed.get().beat();
        }
        return claimed;
    }

    private static boolean isFreeInTime(FileChannel channel) throws IOException {
        long untilNs = System.nanoTime() + LONGEST_WAIT_NS;
        boolean locked = isLocked(channel, ENGINE);
        while (!locked && System.nanoTime() < untilNs) {
            LockSupport.parkNanos(BETWEEN_TRIES_NS);
            locked = isLocked(channel, ENGINE);
        }
        return locked;
    }

    /** Takes the place of an owner both of whose processes are gone; empty if one lives. */
    static Optional<OwnerLock> seize(Path journal, long number) throws IOException {
        return take(path(journal, number), channel -> isLocked(channel, ENGINE) && isLocked(channel, WORKER));
    }

    /** Whether a process of this owner lives, as far as it can be told: one whose lock may not be tried may live. */
    static boolean isHeld(Path journal, long number) {
        if (!Files.exists(path(journal, number))) {
            return false;
        }
        try {
            Optional<OwnerLock> free = seize(journal, number);
            free.ifPresent(OwnerLock::close);
            return free.isEmpty();
        } catch (IOException e) {
            return true;
        }
    }

    private static Optional<OwnerLock> take(Path path, Taking taking) throws IOException {
        if (!HELD_HERE.add(path)) {
            return Optional.empty();
        }
        FileChannel channel = null;
        boolean taken = false;
        try {
            channel = open(path);
            taken = taking.isTaken(channel);
            return taken ? Optional.of(new OwnerLock(path, channel)) : Optional.empty();
        } finally {
            if (!taken) {
                release(path, channel);
            }
        }
    }

    private static void release(Path path, FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // the process's end releases it
        } finally {
            HELD_HERE.remove(path);
        }
    }

    /** What a living owner shows; empty for one of this very process, which is as frozen as we are. */
    static Optional<Sign> read(Path journal, long number) throws IOException {
        Path path = path(journal, number);
        if (HELD_HERE.contains(path) || !Files.exists(path)) {
            return Optional.empty();
        }
        String[] words = Files.readString(path, US_ASCII).strip().split("\\s+");
        return words.length == 2 ? Optional.of(new Sign(words[0], Long.parseLong(words[1]))) : Optional.empty();
    }

    /** Whether the journal has, or had until a moment ago, an owner. */
    static boolean isOwned(Path journal) throws IOException {
        try (Stream<Path> files = Files.list(journal.getParent())) {
            return files.anyMatch(file -> file.getFileName().toString().startsWith(prefix(journal)));
        }
    }

    private static Path path(Path journal, long number) {
        return journal.resolveSibling(prefix(journal) + number);
    }

    private static String prefix(Path journal) {
        return journal.getFileName() + "-owner-";
    }

    private static FileChannel open(Path path) throws IOException {
        return FileChannel.open(path, Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                JournalFile.only("rw-------"));
    }

    /** Locks a byte; false if another process has it. */
    private static boolean isLocked(FileChannel channel, long at) throws IOException {
        return channel.tryLock(at, 1, false) != null;
    }

    /** Says that this process is not frozen. Safe from any thread. */
    synchronized void beat() throws IOException {
        String pid = Long.toString(ProcessHandle.current().pid());
        String text = pid + " ".repeat(PID_WIDTH - pid.length()) + " " + ++beats + "\n"; // a formatter would cost each start some milliseconds
        channel.write(US_ASCII.encode(text), 0);
    }

    /** Takes the file away: its owner is gone for good. */
    void delete() throws IOException {
        Files.deleteIfExists(path);
    }

    @Override
    public void close() {
        release(path, channel);
    }
}
