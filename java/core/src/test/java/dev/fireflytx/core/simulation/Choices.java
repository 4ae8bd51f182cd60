package dev.fireflytx.core.simulation;

import java.util.List;

/** The random choices of one course of the world; when they are used up, always the first and most harmless. */
final class Choices {
    private final byte[] bytes;
    private int used;

    Choices(byte[] bytes) {
        this.bytes = bytes;
    }

    boolean areLeft() {
        return used < bytes.length;
    }

    /** A number from 0 (inclusive) to 256 (exclusive). */
    int next() {
        return areLeft() ? bytes[used++] & 0xff : 0;
    }

    boolean flip() {
        return next() % 2 == 1;
    }

    <T> T pick(List<T> candidates) {
        return candidates.get(candidates.size() == 1 ? 0 : next() % candidates.size());
    }
}
