package orders;

import java.math.BigDecimal;
import java.util.Objects;

/** What a customer orders. Its id is the saga's too, so that an order that is sent twice is placed once. */
record Order(String id, String item, BigDecimal price, String card) {
    Order {
        Objects.requireNonNull(id, "An order needs an id"); // Spring answers 400
    }
}
