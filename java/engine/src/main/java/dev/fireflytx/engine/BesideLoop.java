package dev.fireflytx.engine;

import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Reads the store beside the loop, and brings what was found to the loop's thread. */
final class BesideLoop {
    private final Executor reading;
    private final Predicate<Consumer<Turn>> submit;

    /** {@code reading} is where the store is read, {@code submit} brings work to the loop. */
    BesideLoop(Executor reading, Predicate<Consumer<Turn>> submit) {
        this.reading = reading;
        this.submit = submit;
    }

    /** Reads, and has a turn deal with what was found; a store that can't be read must not go on being written, so that ends the loop. */
    <T> void read(Supplier<T> question, BiConsumer<Turn, T> then) {
        reading.execute(() -> {
            try {
                T found = question.get();
                submit.test(turn -> then.accept(turn, found));
            } catch (RuntimeException e) {
                submit.test(turn -> {
                    throw e;
                });
            }
        });
    }
}
