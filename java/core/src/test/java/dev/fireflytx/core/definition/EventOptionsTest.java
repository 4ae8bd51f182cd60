package dev.fireflytx.core.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class EventOptionsTest {

    @Test
    void the_part_behind_the_first_hyphen_comes_first() {
        assertEquals("order.process.started", events("").typeFor("process-order", "started"));
        assertEquals("order-item.process.started", events("").typeFor("process-order-item", "started"));
    }

    @Test
    void an_id_without_a_hyphen_is_the_stem() {
        assertEquals("charge.completed", events("").typeFor("charge", "completed"));
    }

    @Test
    void a_given_type_is_the_stem() {
        assertEquals("payment.failed", events("payment").typeFor("process-order", "failed"));
    }

    @Test
    void a_key_is_filled_in_once_whatever_the_names_hold() {
        EventTarget target = new EventTarget("orders", "{saga}/{step}:{correlation_id}!", Map.of());

        assertEquals("{step}/{saga}:{correlation_id}!", target.keyFor("{step}", "{saga}", "{correlation_id}"));
    }

    @Test
    void without_a_key_the_sagas_id_is_the_key() {
        assertEquals("ord-1", EventTarget.to("orders").keyFor("order", "charge", "ord-1"));
    }

    private static EventOptions events(String eventType) {
        return new EventOptions("orders", eventType, false, false, true, true, true, false);
    }
}
