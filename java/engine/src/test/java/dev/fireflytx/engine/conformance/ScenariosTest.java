package dev.fireflytx.engine.conformance;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.fireflytx.core.definition.InvalidDefinitionException;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.Stores;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every scenario of {@code tests/conformance}, through the Java API, on every store. */
class ScenariosTest {
    private static final String WHOLE = "{'shows': 'x', 'source': 'x', 'definition': {'steps': [{'id': 'a'}]}, 'script': {}, 'actions': [],"
            + " 'expect': {'effects': [], 'result': {'status': 'COMPLETED', 'steps': []}}}";

    @TempDir
    private Path folder;

    @TestFactory
    Stream<DynamicTest> a_scenario_comes_out_as_it_expects() {
        return Scenario.all().stream().filter(scenario -> !scenario.expect().isRefusal())
                .flatMap(scenario -> scenario.stores().stream().map(store ->
                        DynamicTest.dynamicTest(scenario.name() + " on " + store, () -> run(scenario, store))));
    }

    private void run(Scenario scenario, String store) {
        ScenarioRun run = new ScenarioRun(scenario, stores(scenario, store));
        List<Map<String, Object>> effects;
        try (run) {
            run.toItsEnd();
            effects = run.world.effects();
        }
        List<String> problems = Comparison.problems(scenario, run, effects);
        if (!problems.isEmpty()) {
            fail("Scenario '" + scenario.name() + "' on " + store + ": " + scenario.whole().text("shows") + "\n  - "
                    + String.join("\n  - ", problems));
        }
    }

    private Supplier<Store> stores(Scenario scenario, String name) {
        return name.equals("memory") ? Stores::memory : () -> Stores.sqlite(folder.resolve(scenario.name() + ".db"));
    }

    @TestFactory
    Stream<DynamicTest> a_wrong_definition_is_refused_as_its_scenario_says() {
        return Scenario.all().stream().filter(scenario -> scenario.expect().isRefusal())
                .map(scenario -> DynamicTest.dynamicTest(scenario.name(), () -> {
                    String message = assertThrows(
                            InvalidDefinitionException.class, () -> ScenarioSaga.of(scenario, new World(scenario))).getMessage();
                    scenario.expect().refused().forEach(text -> assertTrue(message.contains(text),
                            () -> "Scenario '" + scenario.name() + "': expected '" + text + "', seen '" + message + "'"));
                }));
    }

    @TestFactory
    Stream<DynamicTest> a_mistake_in_a_scenario_is_named() {
        return Stream.of(
                mistake("'id': 'a'", "'id': 'a', 'retires': 3", "a step has 'retires'; it can have"),
                mistake("'script': {}", "'script': {'b': []}", "the script has 'b'; it can have a"),
                mistake("'script': {}", "'script': {'a': [{'return': {}}]}", "an outcome of 'a' has 'return'; it can have"),
                mistake("'script': {}", "'script': {'a': [{'after': 'the rain'}]}", "'the rain' is no moment of this saga, and no gate"),
                mistake("'script': {}", "'script': {'a': [{'after': 'b 1 ends'}]}", "'b 1 ends' is no moment of this saga"),
                mistake("'id': 'a'}]}, 'script': {}", "'id': 'a', 'plain': true}]}, 'script': {'a': [{'after': 'a 1 ends'}]}", "a plain call"),
                mistake("'actions': []", "'actions': [{'do': 'hope'}]", "'hope' is no action"),
                mistake("'actions': []", "'actions': [{'do': 'cancel', 'when': 'later'}]", "'later' is no moment of this saga"),
                mistake("'effects': []", "'effects': ['a']", "'a' is no effect"),
                mistake("'steps': []}", "'steps': ['a is done']}", "'a is done' is not how a step settles"),
                mistake("'shows': 'x'", "'shows': 'x', 'expects': {}", "the scenario has 'expects'; it can have"));
    }

    private static DynamicTest mistake(String right, String wrong, String problem) {
        return DynamicTest.dynamicTest(wrong, () -> {
            String text = WHOLE.replace(right, wrong).replace('\'', '"');
            String message = assertThrows(ScenarioException.class, () -> Scenario.read("x", text)).getMessage();
            assertTrue(message.contains(problem), message);
        });
    }
}
