package dev.fireflytx.engine.saga;

import java.lang.reflect.InvocationTargetException;
import java.util.function.Supplier;

/** Where sagas begin: with a name and lambdas, or with a class. */
public final class Sagas {
    private Sagas() {}

    /**
     * Begins a saga of lambdas.
     *
     * <pre>{@code
     * ExecutableSaga order = Sagas.named("order")
     *         .step("reserve", Order.class, (order, context) -> shop.reserve(order.item(), context.idempotencyKey()))
     *             .compensate(Reservation.class, (reserved, context) -> shop.release(reserved.id()))
     *         .step("charge", Order.class, (order, context) -> shop.charge(order.amount()))
     *             .dependsOn("reserve").retry(5)
     *         .build();
     * }</pre>
     *
     * @param name unique in an engine, at most 200 printable characters
     * @return options of the saga
     */
    public static SagaBuilder named(String name) {
        return new SagaBuilder(name);
    }

    /**
     * Makes a saga of a class with {@link Saga}, whose constructor takes nothing. Each run has an instance of its own.
     *
     * @param type the class
     * @return the saga
     * @throws dev.fireflytx.core.definition.InvalidDefinitionException if the class is wrong; the message says what and where
     */
    public static ExecutableSaga of(Class<?> type) {
        return new AnnotatedSaga(type).read(constructorOf(type));
    }

    /**
     * Makes a saga of a class with {@link Saga}.
     *
     * @param <T> the class
     * @param type the class
     * @param factory makes the instance that the steps of one run share; it may give the same one to all runs
     * @return the saga
     * @throws dev.fireflytx.core.definition.InvalidDefinitionException if the class is wrong; the message says what and where
     */
    public static <T> ExecutableSaga of(Class<T> type, Supplier<? extends T> factory) {
        return new AnnotatedSaga(type).read(factory);
    }

    private static Supplier<?> constructorOf(Class<?> type) {
        try {
            var constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return () -> {
                try {
                    return constructor.newInstance();
                } catch (InvocationTargetException e) {
                    throw new IllegalStateException("The constructor of " + type.getName() + " failed: " + e.getCause(), e.getCause());
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException("No " + type.getName() + " can be made: " + e, e);
                }
            };
        } catch (NoSuchMethodException e) {
            throw AnnotatedSaga.wrong("The class " + type.getName() + " has no constructor without parameters. "
                    + "Say how to make one: Sagas.of(" + type.getSimpleName() + ".class, () -> new " + type.getSimpleName() + "(…)).");
        }
    }
}
