package dev.fireflytx.jackson;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fireflytx.engine.SagaEngine;
import dev.fireflytx.engine.SagaResult;
import dev.fireflytx.engine.ValueRefusedException;
import dev.fireflytx.engine.saga.Sagas;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Values of Java classes, as JSON. */
class JacksonCodecTest {
    record Item(String name, int quantity, BigDecimal price) {}

    record Order(String id, List<Item> items, Optional<String> coupon) {}

    record Times(Instant at, LocalDate day, OffsetDateTime local, Duration length) {}

    private static final Order ORDER = new Order("17", List.of(new Item("lamp", 2, new BigDecimal("1.10"))), Optional.empty());

    private final JacksonCodec codec = new JacksonCodec();

    @Test
    void a_record_comes_back_as_it_was() {
        assertEquals(ORDER, codec.decode(codec.encode(ORDER), Order.class));
    }

    @Test
    void times_are_iso_text() {
        Times times = new Times(Instant.parse("2026-01-02T03:04:05.678Z"), LocalDate.of(2026, 1, 2),
                OffsetDateTime.parse("2026-01-02T03:04:05+02:00"), Duration.ofMillis(1500));

        String json = codec.encode(times);

        assertEquals("{\"at\":\"2026-01-02T03:04:05.678Z\",\"day\":\"2026-01-02\",\"local\":\"2026-01-02T03:04:05+02:00\",\"length\":\"PT1.5S\"}",
                json);
        assertEquals(times, codec.decode(json, Times.class));
    }

    @Test
    void numbers_stay_exact() {
        String json = "{\"a\":1.10,\"b\":123456789012345678901234567890,\"c\":0.1000000000000000055511151231257827,\"d\":1E+400}";

        assertEquals(json, codec.encode(codec.decode(json, Map.class)));
        assertEquals(json, codec.encode(codec.decode(json, com.fasterxml.jackson.databind.JsonNode.class)));
    }

    @Test
    void members_that_a_class_does_not_have_are_left_out() {
        assertEquals(new Item("lamp", 2, null), codec.decode("{\"name\":\"lamp\",\"quantity\":2,\"charged\":true}", Item.class));
    }

    @Test
    void what_does_not_fit_is_named_by_its_place_and_never_shown() {
        String message = assertThrows(ValueRefusedException.class, () -> codec.decode(
                "{\"items\":[{},{\"quantity\":\"secret\"}]}", Order.class)).getMessage();

        assertTrue(message.startsWith("items[1].quantity is "), message);
        assertFalse(message.contains("secret"), message);
    }

    @Test
    void numbers_that_json_does_not_have_are_refused() {
        assertThrows(ValueRefusedException.class, () -> codec.encode(Map.of("a", Double.NaN)));
        assertThrows(ValueRefusedException.class, () -> codec.encode(List.of(Float.POSITIVE_INFINITY)));
    }

    @Test
    void the_applications_mapper_is_used_as_it_is() {
        assertEquals("{\"at\":1}", new JacksonCodec(new ObjectMapper()).encode(Map.of("at", 1)));
    }

    @Test
    void an_engine_finds_it_by_itself() {
        try (SagaEngine engine = SagaEngine.builder().build()) {
            engine.register(Sagas.named("order").step("pack", Order.class, (order, context) -> order.items().get(0)).build());
            SagaResult result = engine.execute("order", ORDER).join();

            assertEquals(ORDER.items().get(0), result.step("pack").result(Item.class));
        }
    }
}
