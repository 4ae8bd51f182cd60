package dev.fireflytx.bridge;

import dev.fireflytx.core.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;

/** Says what a start cache holds when it has just been made, so that a start can tell one that is damaged. Arguments: the file. */
public final class Seal {
    private Seal() {}

    /**
     * Prints {@code {"size_bytes":…,"crc32":…}}.
     *
     * @param arguments see above
     * @throws IOException if there is no such file
     */
    public static void main(String[] arguments) throws IOException {
        byte[] cache = Files.readAllBytes(Path.of(arguments[0]));
        CRC32 checksum = new CRC32();
        checksum.update(cache);
        System.out.println(new JsonWriter().number("size_bytes", cache.length).number("crc32", checksum.getValue()).build());
    }
}
