package orders;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.SagaHandle;
import dev.fireflytx.engine.SagaQuery;
import dev.fireflytx.engine.SagaResult;
import dev.fireflytx.engine.StartOptions;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.Stores;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docs/java.md} shows of running a saga. */
class JavaPageTest {
    @Test
    void the_page_runs_as_it_is_written(@TempDir Path folder) {
        Path journal = folder.resolve("sagas.db");
        Shop shop = new Shop();
        Order order = Order.lamp("ORD-17", "card_xyz");
        List<String> alerts = new ArrayList<>();

        try (SagaEngine engine = SagaEngine.builder().store(Stores.sqlite(journal)).build()) {
            engine.onParked(saga -> alerts.add(saga.correlationId()));
            engine.register(FluentOrder.saga(shop));
            SagaHandle handle = engine.start("order", order, StartOptions.id("order-17").timeout(Duration.ofMinutes(5))).join();
            SagaResult result = handle.result().join();
            Shop.Charge charge = result.step("charge").result(Shop.Charge.class);
            List<Store.Header> all = engine.list(SagaQuery.all().saga("order")).join();
            List<Store.TimedFacts> history = engine.history("order-17").join().turns();

            assertEquals("CH-order-17:charge", charge.chargeId());
            assertEquals("order-17", all.get(0).correlationId());
            assertFalse(history.isEmpty());
        }
    }
}
