package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** The journal's place in the file system. */
final class JournalFile {
    private JournalFile() {}

    /**
     * Makes the file, readable by its owner alone, if it is not there.
     *
     * @return where it really is
     * @throws StoreException if it can't be made
     */
    static Path provide(Path file) {
        Path path = file.toAbsolutePath();
        try {
            create(path);
            return path.toRealPath();
        } catch (IOException e) {
            throw new StoreException("The journal '" + path + "' can't be opened: " + Reason.of(e) + ".", e);
        }
    }

    /**
     * Finds the file, and makes nothing.
     *
     * @return where it really is
     * @throws StoreException if it is not there
     */
    static Path existing(Path file) {
        Path path = file.toAbsolutePath();
        try {
            return path.toRealPath();
        } catch (IOException e) {
            throw new StoreException("There is no journal '" + path + "' to observe: " + Reason.of(e)
                    + ". The first engine that runs sagas there makes it.", e);
        }
    }

    static boolean isThere(Path path) {
        try {
            return Files.size(path) > 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** What tells the file from another one of the same name; a text if it is not there. */
    static Object identity(Path path) throws IOException {
        try {
            Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
            return key == null ? path : key;
        } catch (NoSuchFileException e) {
            return "not there";
        }
    }

    private static void create(Path path) throws IOException {
        Path folder = path.getParent();
        Files.createDirectories(folder, only("rwx------"));
        try {
            Files.createFile(path, only("rw-------"));
        } catch (FileAlreadyExistsException e) {
            if (Files.isDirectory(path)) {
                throw new StoreException("The journal '" + path + "' can't be opened: it is a folder. Name a file in it.");
            }
        }
        syncFolder(folder);
        if (folder.getParent() != null && Files.isReadable(folder.getParent())) {
            syncFolder(folder.getParent()); // somebody else may have made the folder, and not synced its name
        }
    }

    /** What makes a new file or folder readable by its owner alone, where the file system can. */
    static FileAttribute<?>[] only(String permissions) {
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
}
