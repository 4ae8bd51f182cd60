package orders;

import dev.fireflytx.engine.saga.CompensationStep;
import dev.fireflytx.engine.saga.Saga;
import dev.fireflytx.engine.saga.SagaStep;
import dev.fireflytx.engine.saga.StepContext;
import org.springframework.stereotype.Component;

/** The order saga, as a bean. One instance serves all orders, so it keeps nothing of any of them. */
@Component
@Saga("order")
class OrderSaga {
    private final Shop shop;

    OrderSaga(Shop shop) {
        this.shop = shop;
    }

    @SagaStep("reserve")
    Shop.Reservation reserve(Order order, StepContext context) {
        return shop.reserve(order.item(), context.idempotencyKey());
    }

    @CompensationStep("reserve")
    void release(Shop.Reservation reserved) {
        shop.release(reserved);
    }

    @SagaStep(value = "charge", dependsOn = "reserve")
    Shop.Charge charge(Order order, StepContext context) throws InterruptedException {
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
}
