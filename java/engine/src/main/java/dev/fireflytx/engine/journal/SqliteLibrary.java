package dev.fireflytx.engine.journal;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Optional;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * SQLite's native library, unpacked once for each user and release. The driver alone unpacks it at every start into the temporary folder,
 * and the copy stays there for ever when the process is killed or halted.
 */
final class SqliteLibrary {
    private static final String FOLDER_PROPERTY = "org.sqlite.lib.path";

    private SqliteLibrary() {}

    /** Unpacks it if need be, and tells the driver where it is. Call it before the first connection; does nothing the second time. */
    static synchronized void provide() {
        if (System.getProperty(FOLDER_PROPERTY) != null) {
            return;
        }
        try {
            unpack(cacheFolder()).ifPresent(folder -> System.setProperty(FOLDER_PROPERTY, folder.toString()));
        } catch (IOException e) {
            // No home, or one that can't be written to: the driver helps itself.
            System.getLogger("dev.fireflytx.engine").log(Level.DEBUG, "SQLite's library can't be kept for the next start: " + e);
        }
    }

    /** The folder with the library in it; empty if the driver has none for this machine. */
    static Optional<Path> unpack(Path cache) throws IOException {
        String resource = LibraryLoaderUtil.getNativeLibResourcePath();
        String name = LibraryLoaderUtil.getNativeLibName();
        try (InputStream packed = SQLiteJDBCLoader.class.getResourceAsStream(resource + "/" + name)) {
            if (packed == null) {
                return Optional.empty();
            }
            Path folder = cache.resolve("sqlite-" + SQLiteJDBCLoader.getVersion() + resource);
            keep(folder.resolve(name), packed.readAllBytes());
            return Optional.of(folder);
        }
    }

    /** Another process may do the same at the same time, or have been killed while it did. */
    private static void keep(Path file, byte[] library) throws IOException {
        if (Files.exists(file) && Arrays.equals(Files.readAllBytes(file), library)) {
            return;
        }
        Files.createDirectories(file.getParent());
        Path whole = Files.createTempFile(file.getParent(), "unpacking", "");
        try {
            Files.write(whole, library);
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(whole);
        }
    }

    private static Path cacheFolder() {
        String named = System.getenv().getOrDefault("XDG_CACHE_HOME", "");
        Path home = Path.of(System.getProperty("user.home"));
        boolean mac = System.getProperty("os.name").startsWith("Mac");
        Path caches = mac ? home.resolve("Library/Caches") : home.resolve(".cache");
        return (named.startsWith("/") ? Path.of(named) : caches).resolve("fireflytx");
    }
}
