package dev.fireflytx.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.fireflytx.core.machine.SagaMachine;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who may use what, checked in the compiled classes. */
class LayersTest {
    private static final String CORE = "dev.fireflytx.core.";
    private static final Set<String> PACKAGES = Set.of(
            "java.lang", "java.lang.invoke", "java.lang.runtime", "java.util", "java.util.function", "java.util.stream");
    private static final Set<String> FOR_HASHES = Set.of("java.nio.charset", "java.security");
    private static final Set<String> THE_WORLD = Set.of(
            "java.lang.System", "java.lang.Thread", "java.lang.Runtime", "java.lang.Process", "java.lang.ProcessHandle",
            "java.util.Random", "java.util.UUID", "java.util.Date", "java.util.Timer");

    private final Map<String, ClassFile> classes = compiledClasses();

    @Test
    void there_are_classes_to_check() {
        assertFalse(classes.isEmpty());
    }

    @Test
    void the_core_uses_nothing_but_the_language_and_its_collections() {
        assertNone(name -> true, used -> !used.startsWith(CORE) && !PACKAGES.contains(packageOf(used))
                && !FOR_HASHES.contains(packageOf(used)));
    }

    @Test
    void only_json_computes_hashes() {
        assertNone(name -> !name.startsWith(CORE + "json."), used -> FOR_HASHES.contains(packageOf(used)));
    }

    @Test
    void nothing_in_the_core_asks_the_world() {
        assertNone(name -> true, THE_WORLD::contains);
    }

    @Test
    void nothing_in_the_core_rolls_dice() {
        assertEquals(Set.of(), classes.entrySet().stream()
                .filter(entry -> entry.getValue().methods().contains("java.lang.Math.random"))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet()));
    }

    @Test
    void definitions_do_not_know_the_machine() {
        assertNone(name -> name.startsWith(CORE + "definition."), used -> used.startsWith(CORE + "machine."));
    }

    @Test
    void of_the_definitions_only_their_json_form_knows_json() {
        Set<String> form = Set.of(CORE + "definition.DefinitionReader", CORE + "definition.DefinitionWriter", CORE + "definition.EventJson");
        assertNone(name -> name.startsWith(CORE + "definition.") && !form.contains(name),
                used -> used.startsWith(CORE + "json."));
    }

    @Test
    void the_machine_knows_definitions_alone() {
        assertNone(name -> name.startsWith(CORE + "machine."), used -> used.startsWith(CORE + "json."));
    }

    @Test
    void json_knows_nothing_of_sagas() {
        assertNone(name -> name.startsWith(CORE + "json."),
                used -> used.startsWith(CORE) && !used.startsWith(CORE + "json."));
    }

    private void assertNone(Predicate<String> among, Predicate<String> forbidden) {
        Set<String> found = new TreeSet<>();
        classes.forEach((name, file) -> {
            if (among.test(name)) {
                file.classes().stream().filter(forbidden).forEach(used -> found.add(name + " uses " + used));
            }
        });
        assertEquals(Set.of(), found);
    }

    private static String packageOf(String name) {
        return name.substring(0, Math.max(0, name.lastIndexOf('.')));
    }

    private static Map<String, ClassFile> compiledClasses() {
        try {
            Path root = Path.of(SagaMachine.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            Map<String, ClassFile> classes = new HashMap<>();
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
                    String name = root.relativize(file).toString().replace('/', '.').replace('\\', '.');
                    classes.put(name.substring(0, name.length() - ".class".length()), ClassFile.read(file));
                }
            }
            return classes;
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException("the core's classes can't be read", e);
        }
    }
}
