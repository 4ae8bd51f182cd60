package dev.fireflytx.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Core, engine, bridge: each knows those before it, and the bridge alone knows py4j. */
class LayersTest {
    private static final Path JAVA = Vectors.folder().resolve("../../java");
    private static final Pattern IMPORT = Pattern.compile("^import (?:static )?([\\w.]+)");

    @Test
    void the_core_imports_itself_and_the_jdk() {
        assertEquals(List.of(), importsOf("core", "java.", "dev.fireflytx.core."));
    }

    @Test
    void the_core_names_no_layer_above_it() {
        assertEquals(List.of(), naming("core", "dev.fireflytx.engine", "dev.fireflytx.bridge", "py4j."));
    }

    @Test
    void the_engine_imports_the_core_itself_the_jdk_and_sqlite() {
        assertEquals(List.of(), importsOf("engine", "java.", "dev.fireflytx.core.", "dev.fireflytx.engine.", "org.sqlite."));
    }

    @Test
    void the_engine_names_no_layer_above_it() {
        assertEquals(List.of(), naming("engine", "dev.fireflytx.bridge", "py4j."));
    }

    @Test
    void how_sagas_are_written_knows_nothing_of_how_they_run() {
        Stream<Path> files = sources("engine").filter(file -> file.getParent().endsWith("saga"));

        assertEquals(List.of(), importsOf(files, "java.", "dev.fireflytx.core."));
    }

    @Test
    void the_codec_adds_jackson_and_nothing_else() {
        assertEquals(List.of(), importsOf("jackson", "java.", "dev.fireflytx.engine.", "com.fasterxml.jackson."));
    }

    @Test
    void the_bridge_adds_py4j_and_nothing_else() {
        assertEquals(List.of(), importsOf("bridge", "java.", "javax.net.", "dev.fireflytx.core.", "dev.fireflytx.engine.", "py4j."));
    }

    /** A module's imports, except of what begins in one of the ways allowed. */
    private static List<String> importsOf(String module, String... allowed) {
        return importsOf(sources(module), allowed);
    }

    private static List<String> importsOf(Stream<Path> files, String... allowed) {
        return files
                .flatMap(file -> lines(file).map(IMPORT::matcher).filter(matcher -> matcher.find())
                        .map(matcher -> matcher.group(1))
                        .filter(name -> Stream.of(allowed).noneMatch(name::startsWith))
                        .map(name -> file.getFileName() + " imports " + name))
                .toList();
    }

    private static List<String> naming(String module, String... forbidden) {
        return sources(module)
                .filter(file -> lines(file).anyMatch(line -> Stream.of(forbidden).anyMatch(line::contains)))
                .map(file -> file.getFileName().toString())
                .toList();
    }

    private static Stream<Path> sources(String module) {
        try (Stream<Path> files = Files.walk(JAVA.resolve(module).resolve("src/main/java"))) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
