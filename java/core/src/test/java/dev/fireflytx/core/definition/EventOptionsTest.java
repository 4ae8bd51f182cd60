package dev.fireflytx.core.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;

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

    private static EventOptions events(String eventType) {
        return new EventOptions("orders", eventType, false, false, true, true, true, false);
    }
}
