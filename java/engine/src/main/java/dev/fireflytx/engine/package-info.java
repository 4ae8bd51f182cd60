/**
 * The engine: it drives sagas from their start to their end, and is the API for applications on the JVM.
 *
 * <p>Here live the loop that owns every saga, the timers, the stores, and the boundary to whatever runs the steps
 * ({@link dev.fireflytx.engine.StepExecutor}). Transitions are decided in {@code dev.fireflytx.core.machine} and nowhere here. This package
 * imports the core and the JDK alone; the bridge and applications import it.
 *
 * <pre>{@code
 * SagaDefinition order = SagaDefinition.of("order",
 *         StepDefinition.step("reserve").compensation(new CompensationDefinition(COROUTINE, false, RetryPolicy.DEFAULT)).build(),
 *         StepDefinition.step("charge").dependsOn("reserve").build());
 *
 * HandlerExecutor handlers = HandlerExecutor.builder(Executors.newCachedThreadPool())
 *         .step("order", "reserve", call -> stock.reserve(call.data(), call.idempotencyKey()))
 *         .compensation("order", "reserve", call -> stock.release(call.data()))
 *         .step("order", "charge", call -> payments.charge(call.data(), call.idempotencyKey()))
 *         .build();
 *
 * try (SagaEngine engine = SagaEngine.builder().executor(handlers).build()) {
 *     engine.register(order);
 *     SagaResult result = engine.execute(new StartRequest("order", "order-17", "{\"amount\": 5}")).join();
 * }
 * }</pre>
 */
package dev.fireflytx.engine;
