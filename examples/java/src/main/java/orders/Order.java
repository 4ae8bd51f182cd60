package orders;

import java.math.BigDecimal;

/** What a customer orders. */
record Order(String id, String item, BigDecimal price, String card) {
    static final String DECLINED_CARD = "card_declined";

    /** A lamp, to be paid with {@code card}. */
    static Order lamp(String id, String card) {
        return new Order(id, "lamp", new BigDecimal("29.90"), card);
    }
}
