package dev.fireflytx.bridge;

import dev.fireflytx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/** The protocol's examples, which the Python suite reads too. */
final class Vectors {
    private Vectors() {}

    /** {@return the folder of the examples} */
    static Path folder() {
        String folder = System.getProperty("fireflytx.vectors");
        if (folder == null) {
            throw new IllegalStateException("set the system property fireflytx.vectors to the path of protocol/vectors");
        }
        return Path.of(folder);
    }

    /** {@return the examples of a file, as objects} */
    static List<JsonObject> all(String file) {
        List<JsonObject> all = new ArrayList<>();
        try {
            JsonObject.forEach(Files.readString(folder().resolve(file)), each -> all.add(JsonObject.split(each)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    /** {@return the texts of one kind in a file, under their names} */
    static Stream<Named<String>> texts(String file, String kind) {
        return all(file).stream()
                .filter(vector -> vector.string("kind").equals(kind))
                .map(vector -> Named.of(vector.string("name"), vector.string("text")));
    }
}
