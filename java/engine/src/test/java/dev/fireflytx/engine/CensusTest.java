package dev.fireflytx.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CensusTest {
    private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);

    private long nowNs;
    private long takesNs;
    private int counted;
    private final Census census = new Census(new StoreAround(Stores.memory()) {
        @Override
        public List<SagaCount> count(long nowMs) {
            counted++;
            nowNs += takesNs;
            return super.count(nowMs);
        }
    }, () -> 0, () -> nowNs);

    @Test
    void whoever_asks_within_a_second_gets_the_same_counts() {
        census.counts();
        nowNs += 999 * MS;
        census.counts();
        assertEquals(1, counted);

        nowNs += MS;
        census.counts();
        assertEquals(2, counted);
    }

    @Test
    void counting_that_takes_long_is_done_less_often() {
        takesNs = 100 * MS;
        census.counts();
        nowNs += 9_999 * MS;
        census.counts();
        assertEquals(1, counted);

        nowNs += MS;
        census.counts();
        assertEquals(2, counted);
    }
}
