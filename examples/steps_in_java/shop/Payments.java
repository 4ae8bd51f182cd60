package shop;

import dev.fireflytx.engine.NonRetryableException;
import dev.fireflytx.engine.saga.ProvidedStep;
import dev.fireflytx.engine.saga.StepContext;
import dev.fireflytx.engine.saga.StepProvider;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The steps of a payment service that is there in Java. */
public final class Payments implements StepProvider {
    @Override
    public Collection<ProvidedStep> steps() {
        return List.of(ProvidedStep.of("charge", Map.class, this::charge).compensate(Map.class, this::refund));
    }

    private Map<String, Object> charge(Map<?, ?> order, StepContext context) {
        if (order.get("card").equals("expired")) {
            throw new NonRetryableException("The card has expired");
        }
        context.set("charged_by", "Java");
        return Map.of("charge_id", "ch-" + order.get("reservation_id"));
    }

    private void refund(Map<?, ?> charge, StepContext context) {
        System.getLogger("shop").log(System.Logger.Level.INFO, "Refunded {0}", charge.get("charge_id"));
    }
}
