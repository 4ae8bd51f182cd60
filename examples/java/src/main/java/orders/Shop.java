package orders;

import dev.fireflytx.engine.NonRetryableException;
import java.math.BigDecimal;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** A fake of the services that the sagas call. Like those of the real world it knows nothing of sagas. */
class Shop {
    private final AtomicInteger numbers = new AtomicInteger();

    record Reservation(String reservationId) {}

    record Charge(String chargeId, BigDecimal amount) {}

    Reservation reserve(String item) {
        return new Reservation("RES-" + item + "-" + numbers.incrementAndGet());
    }

    void release(Reservation reservation) {
        System.out.println("   released " + reservation.reservationId());
    }

    /** The key makes a repeated call one charge. */
    CompletableFuture<Charge> charge(String card, BigDecimal amount, String idempotencyKey) {
        if (card.equals(Order.DECLINED_CARD)) {
            return CompletableFuture.failedFuture(new NonRetryableException("Payment declined"));
        }
        return CompletableFuture.completedFuture(new Charge("CH-" + idempotencyKey, amount));
    }

    void refund(Charge charge) {
        System.out.println("   refunded " + charge.amount());
    }

    void confirm(String orderId) {
        System.out.println("   confirmed " + orderId);
    }
}
