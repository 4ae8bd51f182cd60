package till;

import dev.fireflytx.engine.saga.ProvidedStep;
import dev.fireflytx.engine.saga.StepContext;
import dev.fireflytx.engine.saga.StepProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Steps that write down in a file what they did. */
public final class Till implements StepProvider {
    @Override
    public Collection<ProvidedStep> steps() {
        return List.of(
                ProvidedStep.of("charge", Map.class, this::charge).compensate(Map.class, this::refund),
                ProvidedStep.of("gated", Map.class, this::gated),
                ProvidedStep.of("flaky", Map.class, this::flaky));
    }

    private Map<String, Object> charge(Map<?, ?> order, StepContext context) {
        context.set("charged_by", "Java");
        return Map.of("charge_id", "ch-" + order.get("item"), "seen", order);
    }

    private void refund(Map<?, ?> charge, StepContext context) throws IOException {
        note(charge, "refund " + charge.get("charge_id") + " " + context.idempotencyKey());
    }

    /** Goes on when there is a file named {@code go}. */
    private Map<String, Object> gated(Map<?, ?> order, StepContext context) throws Exception {
        note(order, "gated " + context.idempotencyKey());
        while (!Files.exists(Path.of((String) order.get("folder"), "go"))) {
            Thread.sleep(5);
        }
        return Map.of();
    }

    private Map<String, Object> flaky(Map<?, ?> order, StepContext context) {
        if (context.attempt() == 1) {
            throw new IllegalStateException("Not yet");
        }
        return Map.of("attempt", context.attempt());
    }

    private static void note(Map<?, ?> value, String line) throws IOException {
        Object seen = value.get("seen");
        Map<?, ?> order = seen instanceof Map<?, ?> inner ? inner : value;
        Path file = Path.of((String) order.get("folder"), "effects");
        Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
