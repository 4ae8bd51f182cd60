package dev.fireflytx.core;

import dev.fireflytx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads the protocol's examples, which the Python suite reads too. */
public final class Vectors {
    private Vectors() {}

    /**
     * Reads one file of examples.
     *
     * @param file its name in {@code protocol/vectors}
     * @return its text
     */
    public static String read(String file) {
        String folder = System.getProperty("fireflytx.vectors");
        if (folder == null) {
            throw new IllegalStateException("set the system property fireflytx.vectors to the path of protocol/vectors");
        }
        try {
            return Files.readString(Path.of(folder, file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Splits an array of examples.
     *
     * @param array the array's text
     * @return its elements, which have to be objects
     */
    public static List<JsonObject> cases(String array) {
        List<JsonObject> cases = new ArrayList<>();
        JsonObject.forEach(array, element -> cases.add(JsonObject.split(element)));
        return cases;
    }
}
