package orders;

import dev.fireflytx.engine.NonRetryableException;
import java.math.BigDecimal;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Service;

/** A fake of the services that the saga calls. */
@Service
class Shop {
    private static final Logger log = LoggerFactory.getLogger(Shop.class);

    private final Duration chargeTakes;

    Shop(@Value("${shop.charge-takes}") Duration chargeTakes) {
        this.chargeTakes = chargeTakes;
    }

    record Reservation(String reservationId) {}

    record Charge(String chargeId, BigDecimal amount) {}

    Reservation reserve(String item, String idempotencyKey) {
        log.info("reserve {} for {}", item, idempotencyKey);
        return new Reservation("RES-" + idempotencyKey);
    }

    void release(Reservation reservation) {
        log.info("release {}", reservation.reservationId());
    }

    /** The key makes a repeated call one charge. */
    Charge charge(String card, BigDecimal amount, String idempotencyKey) throws InterruptedException {
        log.info("charge {} for {}", amount, idempotencyKey);
        Thread.sleep(chargeTakes.toMillis());
        if (card.equals("card_declined")) {
            throw new NonRetryableException("Payment declined");
        }
        return new Charge("CH-" + idempotencyKey, amount);
    }

    void refund(Charge charge) {
        log.info("refund {}", charge.amount());
    }

    void confirm(String orderId) {
        log.info("confirm {}", orderId);
    }
}
