package orders;

import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.saga.CompensationStep;
import dev.fireflytx.engine.saga.Saga;
import dev.fireflytx.engine.saga.SagaStep;
import dev.fireflytx.engine.saga.Sagas;
import dev.fireflytx.engine.saga.StepContext;
import java.util.concurrent.CompletionStage;

/** The order saga as a class, run twice: to success, and to a declined payment. */
@Saga("order")
public final class AnnotatedOrder {
    private final Shop shop;

    AnnotatedOrder(Shop shop) {
        this.shop = shop;
    }

    @SagaStep("reserve")
    Shop.Reservation reserve(Order order) {
        return shop.reserve(order.item());
    }

    @CompensationStep("reserve")
    void release(Shop.Reservation reserved) {
        shop.release(reserved);
    }

    @SagaStep(value = "charge", dependsOn = "reserve", retry = 5, timeoutMs = 5_000)
    CompletionStage<Shop.Charge> charge(Order order, StepContext context) {
        return shop.charge(order.card(), order.price(), context.idempotencyKey());
    }

    @CompensationStep("charge")
    void refund(Shop.Charge charge) {
        shop.refund(charge);
    }

    @SagaStep(value = "confirm", dependsOn = "charge")
    void confirm(Order order) {
        shop.confirm(order.id());
    }

    /**
     * Runs it.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        Shop shop = new Shop();
        try (SagaEngine engine = SagaEngine.builder().build()) {
            engine.register(Sagas.of(AnnotatedOrder.class, () -> new AnnotatedOrder(shop)));
            FluentOrder.print(engine.execute("order", Order.lamp("ORD-1", "card_xyz")).join());
            FluentOrder.print(engine.execute("order", Order.lamp("ORD-2", Order.DECLINED_CARD)).join());
        }
    }
}
