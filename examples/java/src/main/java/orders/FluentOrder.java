package orders;

import dev.fireflytx.core.definition.RetryPolicy;
import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.SagaResult;
import dev.fireflytx.engine.saga.ExecutableSaga;
import dev.fireflytx.engine.saga.Sagas;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** The order saga as lambdas, run twice: to success, and to a declined payment. */
public final class FluentOrder {
    private FluentOrder() {}

    static ExecutableSaga saga(Shop shop) {
        return Sagas.named("order")
                .step("reserve", Order.class, (order, context) -> shop.reserve(order.item()))
                    .compensate(Shop.Reservation.class, (reserved, context) -> shop.release(reserved))
                .asyncStep("charge", Order.class, (order, context) ->
                        shop.charge(order.card(), order.price(), context.idempotencyKey()))
                    .dependsOn("reserve").retry(5).timeout(Duration.ofSeconds(5))
                    .compensateAsync(Shop.Charge.class, RetryPolicy.DEFAULT, (charge, context) ->
                            CompletableFuture.runAsync(() -> shop.refund(charge)))
                .step("confirm", Order.class, (order, context) -> {
                    shop.confirm(order.id());
                    return null;
                }).dependsOn("charge")
                .build();
    }

    /**
     * Runs it.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {
        try (SagaEngine engine = SagaEngine.builder().build()) {
            engine.register(saga(new Shop()));
            print(engine.execute("order", Order.lamp("ORD-1", "card_xyz")).join());
            print(engine.execute("order", Order.lamp("ORD-2", Order.DECLINED_CARD)).join());
        }
    }

    static void print(SagaResult result) {
        if (result.isSuccess()) {
            System.out.println("Charged: " + result.step("charge").result(Shop.Charge.class).amount());
        } else {
            System.out.println("Failed at " + result.failedStep().orElse("-") + ": " + result.error().orElseThrow().message()
                    + "; undone: " + result.compensatedSteps());
        }
    }
}
