package dev.fireflytx.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How what waits is cut into batches. */
class OutboxTest {
    private static final int MEBIBYTE = 1 << 20;

    private final Outbox outbox = new Outbox(0);

    @BeforeEach
    void begin() {
        outbox.begin("s1");
    }

    @Test
    void what_waits_comes_in_one_batch_in_its_order() throws InterruptedException {
        outbox.add("a");
        outbox.add("b");

        assertEquals(Texts.join("{\"batch\":1,\"durable_upto\":0}", List.of("a", "b")), outbox.receive("s1", 1));
    }

    @Test
    void a_batch_ends_before_the_item_that_would_pass_one_mebibyte() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            outbox.add("x".repeat(400_000));
        }

        assertEquals(2, items(outbox.receive("s1", 1)));
        assertEquals(1, items(outbox.receive("s1", 2)));
    }

    @Test
    void a_batch_ends_with_its_64th_item() throws InterruptedException {
        for (int i = 0; i < 65; i++) {
            outbox.add("x");
        }

        assertEquals(64, items(outbox.receive("s1", 1)));
        assertEquals(1, items(outbox.receive("s1", 2)));
    }

    @Test
    void an_item_larger_than_a_batch_comes_alone() throws InterruptedException {
        outbox.add("x".repeat(2 * MEBIBYTE));
        outbox.add("y");

        assertEquals(1, items(outbox.receive("s1", 1)));
        assertEquals(1, items(outbox.receive("s1", 2)));
    }

    @Test
    void a_refusal_that_a_full_batch_leaves_behind_is_said_before_its_send_counts_as_durable() throws InterruptedException {
        outbox.add("x".repeat(MEBIBYTE));
        outbox.add("refused");
        outbox.durable("s1", 1);

        assertEquals("{\"batch\":1,\"durable_upto\":0}", header(outbox.receive("s1", 1)));
        assertEquals(Texts.join("{\"batch\":2,\"durable_upto\":1}", List.of("refused")), outbox.receive("s1", 2));
    }

    @Test
    void durability_of_an_older_session_is_not_told_to_this_one() throws InterruptedException {
        outbox.durable("s0", 9);

        assertEquals("{\"batch\":1,\"durable_upto\":0}", outbox.receive("s1", 1));
    }

    @Test
    void a_batch_that_was_not_asked_for_again_is_forgotten() throws InterruptedException {
        outbox.add("{\"type\":\"found\"}");
        outbox.receive("s1", 1);
        outbox.receive("s1", 2);

        outbox.begin("s2");

        assertEquals("{\"batch\":1,\"durable_upto\":0}", outbox.receive("s2", 1));
    }

    @Test
    void an_answer_that_may_be_lost_is_said_again_in_the_next_session() throws InterruptedException {
        outbox.add("{\"type\":\"found\"}");
        outbox.receive("s1", 1);

        outbox.begin("s2");

        assertEquals(Texts.join("{\"batch\":1,\"durable_upto\":0}", List.of("{\"type\":\"found\"}")), outbox.receive("s2", 1));
    }

    @Test
    void tasks_and_pings_of_an_older_session_are_not_said_again() throws InterruptedException {
        outbox.add("{\"type\":\"task\"}");
        outbox.add("{\"type\":\"ping\"}");
        outbox.receive("s1", 1);
        outbox.add("{\"type\":\"task\"}");

        outbox.begin("s2");

        assertEquals("{\"batch\":1,\"durable_upto\":0}", outbox.receive("s2", 1));
    }

    private static long items(String batch) {
        return Texts.split(batch).size() - 1;
    }

    private static String header(String batch) {
        return Texts.split(batch).get(0);
    }
}
