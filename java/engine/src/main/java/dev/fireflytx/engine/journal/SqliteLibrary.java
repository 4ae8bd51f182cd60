package dev.fireflytx.engine.journal;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.zip.CRC32;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;

/**
 * SQLite's native library, unpacked once for each user and release. The driver alone unpacks it at every start into the temporary folder,
 * and the copy stays there for ever when the process is killed or halted.
 */
final class SqliteLibrary {
    private static final String FOLDER_PROPERTY = "org.sqlite.lib.path";

    /** Set by Python, which keeps more there: a folder, or {@code off}. */
    private static final String CACHE_PROPERTY = "fireflytx.cache";
    private static final String CACHE_VARIABLE = "FIREFLYTX_CACHE";
    private static final String OFF = "off";

    private SqliteLibrary() {}

    /** Unpacks it if need be, and tells the driver where it is. Call it before the first connection; does nothing the second time. */
    static synchronized void provide() {
        String named = System.getProperty(CACHE_PROPERTY, System.getenv().getOrDefault(CACHE_VARIABLE, ""));
        if (System.getProperty(FOLDER_PROPERTY) != null || named.equals(OFF)) {
            return;
        }
        try {
            unpack(named.isEmpty() ? cacheFolder() : Path.of(named).toAbsolutePath()).ifPresent(folder -> System.setProperty(FOLDER_PROPERTY, folder.toString()));
        } catch (IOException e) {
            // No home, or one that can't be written to: the driver helps itself.
            System.getLogger("dev.fireflytx.engine").log(Level.DEBUG, "SQLite's library can't be kept for the next start: " + e);
        }
    }

    /** The folder with the library in it; empty if the driver has none for this machine. */
    static Optional<Path> unpack(Path cache) throws IOException {
        String resource = LibraryLoaderUtil.getNativeLibResourcePath();
        String name = LibraryLoaderUtil.getNativeLibName();
        URL packed = SQLiteJDBCLoader.class.getResource(resource + "/" + name);
        if (packed == null) {
            return Optional.empty();
        }
        Path folder = cache.resolve("sqlite-" + SQLiteJDBCLoader.getVersion() + resource);
        if (!isWhole(folder.resolve(name), packed)) {
            keep(folder.resolve(name), packed);
        }
        return Optional.of(folder);
    }

    /** Compares checksums, since the jar knows that of its entry: unpacking it to compare it would take longer than all the rest. */
    private static boolean isWhole(Path file, URL packed) throws IOException {
        if (!Files.exists(file) || !(packed.openConnection() instanceof JarURLConnection connection)) {
            return false;
        }
        JarEntry entry = connection.getJarEntry();
        byte[] found = Files.readAllBytes(file);
        CRC32 checksum = new CRC32();
        checksum.update(found);
        return entry.getSize() == found.length && entry.getCrc() == checksum.getValue();
    }

    /** Another process may do the same at the same time, or have been killed while it did. */
    private static void keep(Path file, URL packed) throws IOException {
        Files.createDirectories(file.getParent());
        Path whole = Files.createTempFile(file.getParent(), "unpacking", "");
        try (InputStream library = packed.openStream()) {
            Files.copy(library, whole, StandardCopyOption.REPLACE_EXISTING);
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
