/**
 * The engine: it drives sagas from their start to their end, and is the API for applications on the JVM.
 *
 * <p>Here live the loop that owns every saga, the timers, the stores, and the boundary to whatever runs the steps
 * ({@link dev.fireflytx.engine.StepExecutor}). Transitions are decided in {@code dev.fireflytx.core.machine} and nowhere here. This package
 * imports the core, {@link dev.fireflytx.engine.saga} and the JDK alone; the bridge and applications import it.
 *
 * <p>It has three kinds of readers:
 * <ul>
 * <li>Applications need {@link dev.fireflytx.engine.SagaEngine} with its builder, {@link dev.fireflytx.engine.Stores}, what its methods take and
 *     give, and {@link dev.fireflytx.engine.saga}.
 * <li>Whoever runs steps elsewhere, as the bridge to Python does, writes a {@link dev.fireflytx.engine.StepExecutor}; {@code Task}, {@code AttemptId},
 *     {@code Outcome}, {@code Reports}, {@code StopReason}, and {@code adopt}, {@code pause}, {@code prove} and {@code whenDurable} of the engine are
 *     for them.
 * <li>Whoever keeps sagas elsewhere writes a {@link dev.fireflytx.engine.Store}.
 * </ul>
 *
 * <pre>{@code
 * ExecutableSaga order = Sagas.named("order")
 *         .step("reserve", Order.class, (order, context) -> stock.reserve(order.item(), context.idempotencyKey()))
 *             .compensate(Reservation.class, (reserved, context) -> stock.release(reserved.id()))
 *         .step("charge", Order.class, (order, context) -> payments.charge(order.amount(), context.idempotencyKey()))
 *             .dependsOn("reserve")
 *         .build();
 *
 * try (SagaEngine engine = SagaEngine.builder().store(Stores.sqlite(Path.of("sagas.db"))).build()) {
 *     engine.register(order);
 *     SagaResult result = engine.execute("order", new Order("lamp", 5), StartOptions.id("order-17")).join();
 * }
 * }</pre>
 */
package dev.fireflytx.engine;
