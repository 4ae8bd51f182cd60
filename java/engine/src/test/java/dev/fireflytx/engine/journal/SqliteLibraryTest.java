package dev.fireflytx.engine.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteLibraryTest {
    @TempDir
    Path cache;

    @Test
    void it_is_unpacked_once() throws IOException {
        Path library = onlyFileIn(SqliteLibrary.unpack(cache).orElseThrow());
        FileTime longAgo = FileTime.fromMillis(1_000);
        Files.setLastModifiedTime(library, longAgo);
        SqliteLibrary.unpack(cache);
        assertEquals(longAgo, Files.getLastModifiedTime(library));
    }

    @Test
    void one_that_is_damaged_is_replaced() throws IOException {
        Path library = onlyFileIn(SqliteLibrary.unpack(cache).orElseThrow());
        byte[] whole = Files.readAllBytes(library);
        byte[] flipped = whole.clone();
        flipped[whole.length / 2] ^= 1;
        Files.write(library, flipped);
        SqliteLibrary.unpack(cache);
        assertArrayEquals(whole, Files.readAllBytes(library));
    }

    private static Path onlyFileIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> found = files.toList();
            assertEquals(1, found.size());
            return found.get(0);
        }
    }
}
