package dev.fireflytx.engine;

import static dev.fireflytx.engine.TestEngine.await;
import static dev.fireflytx.engine.TestEngine.get;
import static dev.fireflytx.engine.TestEngine.success;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fireflytx.core.definition.CompensationDefinition;
import dev.fireflytx.core.definition.InvalidDefinitionException;
import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.engine.saga.ProvidedStep;
import dev.fireflytx.engine.saga.StepLibrary;
import dev.fireflytx.engine.saga.StepProvider;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One saga, some of whose steps are code of this JVM, while an executor has the others. */
class MixedSagaTest {
    private final Queue<String> done = new ConcurrentLinkedQueue<>();
    private final Queue<Map<String, String>> traces = new ConcurrentLinkedQueue<>();
    private final CountDownLatch slowHasBegun = new CountDownLatch(1);
    private final CountDownLatch slowMayEnd = new CountDownLatch(1);
    private final ScriptedExecutor elsewhere = new ScriptedExecutor();
    private final StepLibrary library = StepLibrary.of(List.of(this::steps));
    private final RecordingListener listener = new RecordingListener();
    private final SagaEngine engine =
            SagaEngine.builder().executor(elsewhere).steps(library).listener(listener).callbacks(Runnable::run).build();

    private List<ProvidedStep> steps() {
        return List.of(
                ProvidedStep.of("charge", Map.class, (input, context) -> {
                            done.add("charge " + input.get("item"));
                            traces.add(context.trace());
                            return Map.of("charge", context.idempotencyKey());
                        })
                        .compensate(Map.class, (charge, context) -> done.add("refund " + charge.keySet())),
                ProvidedStep.of("slow", Map.class, (input, context) -> {
                    done.add("slow " + context.attempt());
                    slowHasBegun.countDown();
                    slowMayEnd.await();
                    return Map.of();
                }),
                ProvidedStep.of("later", String.class, (input, context) ->
                        CompletableFuture.supplyAsync(() -> Map.of("read", input))));
    }

    @AfterEach
    void close() {
        slowMayEnd.countDown();
        engine.close();
    }

    private static StepDefinition.Builder inJava(String id, String... dependsOn) {
        return StepDefinition.step(id).kind(StepKind.JAVA).dependsOn(dependsOn).takesContext(true)
                .policy(new RetryPolicy(1, 10_000, 100));
    }

    private static StepDefinition.Builder undoneInJava(String id, String... dependsOn) {
        return inJava(id, dependsOn).compensation(new CompensationDefinition(StepKind.JAVA, true, RetryPolicy.DEFAULT));
    }

    private CompletableFuture<SagaResult> execute(StepDefinition... steps) {
        engine.register(SagaDefinition.of("mixed", steps));
        return engine.execute("mixed", Map.of("item", "lamp"), StartOptions.id("m-1"));
    }

    @Test
    void code_here_sees_the_trace_of_its_run_and_is_told_of_when_it_has_run() {
        listener.setTracing(true);
        engine.register(SagaDefinition.of("mixed", undoneInJava("charge").build()));
        String trace = "{\"traceparent\":\"00-1\"}";
        get(engine.execute(new StartRequest("mixed", "m-1", "{\"item\":\"lamp\"}", 0, trace)));

        RanAttempt told = listener.ran().get(0);
        assertEquals(List.of(Map.of("traceparent", "00-1")), List.copyOf(traces));
        assertEquals(List.of("charge", trace, true),
                List.of(told.attempt().step(), told.trace(), told.outcome() instanceof Outcome.Succeeded));
        assertEquals(1, listener.ran().size());
    }

    @Test
    void an_attempt_here_that_was_told_to_stop_says_why() {
        listener.setTracing(true);
        execute(inJava("slow").build());
        await(slowHasBegun);
        get(engine.cancel("m-1", "enough"));
        get(engine.result("m-1"));

        assertEquals(List.of(Optional.of(StopReason.SAGA_CANCELLED)), listener.ran().stream().map(RanAttempt::toldToStop).toList());
    }

    @Test
    void data_flows_between_steps_of_both_sides() {
        CompletableFuture<SagaResult> running = execute(
                StepDefinition.step("reserve").build(), undoneInJava("charge", "reserve").build(),
                StepDefinition.step("ship").dependsOn("charge").build());
        elsewhere.report(elsewhere.next(), success("{\"item\":\"chair\"}"));

        Task ship = elsewhere.next();
        elsewhere.report(ship, success("{}"));

        assertEquals(SagaStatus.COMPLETED, get(running).status());
        assertEquals(List.of("charge chair"), List.copyOf(done));
        assertEquals("{\"item\":\"chair\",\"charge\":\"m-1:charge\"}", ship.data());
    }

    @Test
    void what_was_done_in_java_is_undone_there_when_a_step_fails_elsewhere() {
        CompletableFuture<SagaResult> running =
                execute(undoneInJava("charge").build(), StepDefinition.step("ship").dependsOn("charge").build());

        elsewhere.report(elsewhere.next(), new Outcome.Failed(SagaError.of("E", "no"), false, "{}"));

        assertEquals(SagaStatus.COMPENSATED, get(running).status());
        assertEquals(List.of("charge lamp", "refund [charge]"), List.copyOf(done));
    }

    @Test
    void a_step_in_java_may_be_undone_elsewhere() {
        CompletableFuture<SagaResult> running = execute(
                inJava("charge").compensation(new CompensationDefinition(StepKind.COROUTINE, false, RetryPolicy.DEFAULT)).build(),
                StepDefinition.step("ship").dependsOn("charge").build());
        elsewhere.report(elsewhere.next(), new Outcome.Failed(SagaError.of("E", "no"), false, "{}"));

        Task refund = elsewhere.next();
        elsewhere.report(refund, success("{}"));

        assertEquals(Direction.BACKWARD, refund.attempt().direction());
        assertEquals("{\"charge\":\"m-1:charge\"}", refund.data());
        assertEquals(List.of("charge"), get(running).compensatedSteps());
    }

    @Test
    void the_condition_of_a_step_in_java_is_asked_elsewhere() {
        CompletableFuture<SagaResult> running = execute(undoneInJava("charge").conditional(true).build());

        Task question = elsewhere.next();
        elsewhere.report(question, new Outcome.Verdict(false));

        assertEquals(Direction.CONDITION, question.attempt().direction());
        assertEquals(StepStatus.SKIPPED, get(running).step("charge").status());
        assertEquals(List.of(), List.copyOf(done));
    }

    @Test
    void a_step_that_returns_a_stage_is_done_when_that_is() {
        SagaResult result = get(execute(inJava("later").build()));

        assertEquals("{\"read\":\"{\\\"item\\\":\\\"lamp\\\"}\"}", result.step("later").result().orElseThrow());
    }

    /** Python's process was replaced, or its connection broke; this JVM lives on. */
    @Test
    void a_step_in_java_is_not_lost_when_the_executor_is_replaced() {
        CompletableFuture<SagaResult> running = execute(inJava("slow").build());
        await(slowHasBegun);

        get(engine.pause());
        engine.adopt(Map.of());
        slowMayEnd.countDown();

        assertEquals(SagaStatus.COMPLETED, get(running).status());
        assertEquals(List.of(), facts(Fact.AttemptLost.class));
        assertEquals(List.of("slow 1"), List.copyOf(done));
    }

    private <T> List<T> facts(Class<T> type) {
        return get(engine.history("m-1")).turns().stream().flatMap(turn -> turn.facts().stream())
                .filter(type::isInstance).map(type::cast).toList();
    }

    @Test
    void a_step_in_java_that_is_over_its_time_is_interrupted() {
        CompletableFuture<SagaResult> running = execute(inJava("slow").policy(new RetryPolicy(1, 50, 0)).build());

        SagaResult result = get(running);

        assertEquals("Step execution timeout after 50ms", result.error().orElseThrow().message());
        assertEquals(List.of(), elsewhere.stops());
    }

    @Test
    void draining_waits_for_the_steps_in_java_and_for_their_outcomes() {
        CompletableFuture<SagaResult> running = execute(inJava("slow").build(), StepDefinition.step("next").dependsOn("slow").build());
        await(slowHasBegun);

        CompletableFuture<Void> drained = engine.drain();
        assertFalse(drained.isDone());
        slowMayEnd.countDown();
        get(drained);

        assertEquals(List.of(), elsewhere.waiting());
        assertEquals(1, facts(Fact.AttemptSucceeded.class).size());
        assertFalse(running.isDone());
    }

    @Test
    void a_step_that_nobody_provides_is_refused_with_the_nearest_one() {
        assertEquals("Saga 'mixed': step 'chrage' runs in Java, and no StepProvider on the class path has it. "
                + "Did you mean 'charge'? Steps: charge, later, slow.", refused(inJava("chrage")));
    }

    @Test
    void a_compensation_that_the_saga_does_not_name_is_refused() {
        assertEquals("Saga 'mixed': step 'charge' has a compensation in Java, which the saga does not name. In Python, add "
                + "compensation_step(\"charge\", executor=\"java\"), or one of your own.", refused(inJava("charge")));
    }

    @Test
    void a_compensation_that_is_not_there_is_refused() {
        assertEquals("Saga 'mixed': the compensation of step 'slow' runs in Java, but the step that was found there has none.",
                refused(undoneInJava("slow")));
    }

    private String refused(StepDefinition.Builder step) {
        return refusal(library, step.build());
    }

    private static String refusal(StepLibrary library, StepDefinition step) {
        return assertThrows(InvalidDefinitionException.class, () -> library.complete(SagaDefinition.of("mixed", step))).getMessage();
    }

    @Test
    void without_any_provider_it_is_said_how_one_is_found() {
        assertEquals("Saga 'mixed': step 'charge' runs in Java, and no StepProvider was found. Put its jar on the class path "
                + "(in Python, SagaEngine(java_classpath=[...])), and its name into "
                + "META-INF/services/dev.fireflytx.engine.saga.StepProvider there.",
                refusal(StepLibrary.onClassPath(), inJava("charge").build()));
    }

    @Test
    void two_providers_of_one_step_are_refused() {
        assertEquals("Two step providers have a step 'charge'; rename one of them.",
                refusal(StepLibrary.of(List.of(this::steps, this::steps)), undoneInJava("charge").build()));
    }

    @Test
    void a_provider_that_fails_is_named_by_what_it_threw() {
        StepProvider broken = () -> {
            throw new IllegalStateException("no database");
        };

        assertEquals("The step providers on the class path can't be used: java.lang.IllegalStateException: no database",
                refusal(StepLibrary.of(List.of(broken)), inJava("charge").build()));
    }
}
