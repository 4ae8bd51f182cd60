package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.success;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Many sagas, and large ones, end within seconds and leave nothing behind. */
class ScaleTest {
    private static final long PATIENCE_S = 60;
    private static final EngineStats.Load NOTHING = new EngineStats.Load(0, 0, 0, 0);
    private static final SagaDefinition FOUR = chain("four", 4);

    private final ScriptedExecutor executor = new ScriptedExecutor().answerAll(ScaleTest::answer);
    private final SagaEngine engine = SagaEngine.builder().executor(executor).build();

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void a_thousand_sagas_at_once_end_each_with_its_own_values() {
        engine.register(FOUR);
        List<CompletableFuture<SagaResult>> running = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            running.add(engine.execute(new StartRequest("four", "i-" + i, "{\"n\":" + i + "}")));
        }

        for (int i = 0; i < 1_000; i++) {
            assertEquals("{\"from\":\"i-" + i + "\"}", ended(running.get(i)).steps().get(3).result().orElseThrow());
        }
    }

    @Test
    void a_chain_of_two_hundred_steps_ends() {
        assertEquals(200, stepsOf(chain("chain", 200)));
    }

    @Test
    void two_hundred_steps_side_by_side_end() {
        assertEquals(201, stepsOf(wide("wide", 200)));
    }

    @Test
    void a_chain_of_ten_thousand_steps_ends() {
        assertEquals(10_000, stepsOf(chain("chain", 10_000)));
    }

    @Test
    void ten_thousand_steps_side_by_side_end() {
        assertEquals(10_001, stepsOf(wide("wide", 10_000)));
    }

    @Test
    void nothing_is_left_of_twenty_thousand_sagas() {
        engine.register(FOUR);
        engine.register(SagaDefinition.of("failing", TestEngine.step("ok").build(), TestEngine.step("fails", "ok").build()));
        for (int i = 0; i < 20; i++) {
            List<CompletableFuture<SagaResult>> running = new ArrayList<>();
            for (int j = 0; j < 1_000; j++) {
                running.add(engine.execute(new StartRequest(j % 2 == 0 ? "four" : "failing", i + "-" + j, "{}")));
            }
            running.forEach(ScaleTest::ended);
        }

        assertEquals(NOTHING, TestEngine.get(engine.stats()).load());
    }

    private static Outcome answer(Task task) {
        return task.attempt().step().equals("fails") ? TestEngine.failure("no")
                : success("{\"from\":\"" + task.attempt().correlationId() + "\"}");
    }

    private int stepsOf(SagaDefinition definition) {
        engine.register(definition);
        SagaResult result = ended(engine.execute(new StartRequest(definition.name(), "i-1", "{}")));
        assertEquals(SagaStatus.COMPLETED, result.status());
        return result.steps().size();
    }

    private static SagaResult ended(CompletableFuture<SagaResult> running) {
        return running.orTimeout(PATIENCE_S, TimeUnit.SECONDS).join();
    }

    private static SagaDefinition chain(String name, int size) {
        return SagaDefinition.of(name, IntStream.range(0, size).mapToObj(i -> i == 0 ? StepDefinition.step("s0").build()
                : StepDefinition.step("s" + i).dependsOn("s" + (i - 1)).build()).toArray(StepDefinition[]::new));
    }

    /** Steps side by side, and one that waits for them all. */
    private static SagaDefinition wide(String name, int size) {
        List<StepDefinition> steps = new ArrayList<>();
        IntStream.range(0, size).forEach(i -> steps.add(StepDefinition.step("s" + i).build()));
        steps.add(StepDefinition.step("last").dependsOn(steps.stream().map(StepDefinition::id).toList()).build());
        return SagaDefinition.of(name, steps.toArray(StepDefinition[]::new));
    }
}
