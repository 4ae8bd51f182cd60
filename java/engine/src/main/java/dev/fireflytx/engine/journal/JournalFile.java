package dev.fireflytx.engine.journal;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.fireflytx.engine.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The journal's place in the file system: who may read it, and which process owns it. */
final class JournalFile implements AutoCloseable {
    private static final long LONGEST_WAIT_NS = TimeUnit.SECONDS.toNanos(3);
    private static final long BETWEEN_TRIES_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int MAX_PID_BYTES = 20;

    /** Closing any descriptor of a locked file drops this process's locks on it, so a second opening must not come that far. */
    private static final Set<Path> OWNED_HERE = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel lockFile;
    private final FileLock lock;

    private JournalFile(Path path, FileChannel lockFile, FileLock lock) {
        this.path = path;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    /**
     * Makes the file, readable by its owner alone, if it is not there, and takes it into possession.
     *
     * @throws StoreException if another engine owns it, or it can't be made
     */
    static JournalFile own(Path file) {
        Path path = file.toAbsolutePath();
        try {
            create(path);
            return claimed(path.toRealPath());
        } catch (IOException e) {
            throw new StoreException("The journal '" + path + "' can't be opened: " + e + ".", e);
        }
    }

    private static JournalFile claimed(Path path) throws IOException {
        if (!OWNED_HERE.add(path)) {
            throw new StoreException("The journal '" + path + "' belongs to another engine of this process. "
                    + "Give each engine a store of its own, or close the other one.");
        }
        try {
            FileChannel lockFile = FileChannel.open(path.resolveSibling(path.getFileName() + "-lock"),
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE), only("rw-------"));
            return new JournalFile(path, lockFile, lock(path, lockFile));
        } catch (IOException | StoreException e) {
            OWNED_HERE.remove(path);
            throw e;
        }
    }

    Path path() {
        return path;
    }

    private static void create(Path path) throws IOException {
        Path folder = path.getParent();
        Files.createDirectories(folder, only("rwx------"));
        try {
            Files.createFile(path, only("rw-------"));
        } catch (FileAlreadyExistsException e) {
            // the usual case
        }
        syncFolder(folder);
        if (folder.getParent() != null && Files.isReadable(folder.getParent())) {
            syncFolder(folder.getParent()); // somebody else may have made the folder, and not synced its name
        }
    }

    private static FileAttribute<?>[] only(String permissions) {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))}
                : new FileAttribute<?>[0];
    }

    /** Without this a power cut could take away the name of a file whose contents were synced. */
    private static void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** An owner that was killed a moment ago may not be gone yet, so a lock that is held is waited for, shortly. */
    private static FileLock lock(Path path, FileChannel lockFile) throws IOException {
        long untilNs = System.nanoTime() + LONGEST_WAIT_NS;
        FileLock lock = lockFile.tryLock();
        while (lock == null && System.nanoTime() < untilNs) {
            LockSupport.parkNanos(BETWEEN_TRIES_NS);
            lock = lockFile.tryLock();
        }
        if (lock == null) {
            String owner = owner(lockFile);
            lockFile.close();
            throw new StoreException("The journal '" + path + "' belongs to another engine that is running" + owner + ". "
                    + "Give each engine a store of its own, or shut the other one down.");
        }
        lockFile.truncate(0).write(ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(US_ASCII)), 0);
        return lock;
    }

    private static String owner(FileChannel lockFile) throws IOException {
        ByteBuffer pid = ByteBuffer.allocate(MAX_PID_BYTES);
        return lockFile.read(pid, 0) > 0 ? ", process " + US_ASCII.decode(pid.flip()) : "";
    }

    @Override
    public void close() {
        try {
            lock.release();
            lockFile.close();
        } catch (IOException e) {
            // the process's end releases it
        } finally {
            OWNED_HERE.remove(path);
        }
    }
}
