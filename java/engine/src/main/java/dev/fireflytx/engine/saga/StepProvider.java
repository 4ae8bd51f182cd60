package dev.fireflytx.engine.saga;

import java.util.Collection;

/**
 * Brings steps for sagas that are written elsewhere. {@link java.util.ServiceLoader} finds it: name the class in
 * {@code META-INF/services/dev.fireflytx.engine.saga.StepProvider}, and put its jar on the class path of the engine.
 *
 * <pre>{@code
 * public final class Payments implements StepProvider {
 *     private final PaymentClient client = new PaymentClient();
 *
 *     @Override
 *     public Collection<ProvidedStep> steps() {
 *         return List.of(ProvidedStep.of("charge", Order.class, (order, context) -> client.charge(order, context.idempotencyKey()))
 *                 .compensate(Receipt.class, (receipt, context) -> client.refund(receipt)));
 *     }
 * }
 * }</pre>
 */
public interface StepProvider {

    /** {@return the steps, which are called from many threads; asked for once} */
    Collection<ProvidedStep> steps();
}
