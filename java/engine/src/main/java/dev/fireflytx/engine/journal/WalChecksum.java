package dev.fireflytx.engine.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The checksum that runs through a write-ahead log: each frame's goes on from the one before it.
 *
 * @see <a href="https://www.sqlite.org/fileformat2.html#checksum_algorithm">The checksum algorithm, in SQLite's file format</a>
 */
record WalChecksum(ByteOrder order, int first, int second) {

    /** The checksum after some more bytes, a multiple of eight. Words are copied at once: an engine that starts runs this before it is compiled. */
    WalChecksum add(ByteBuffer bytes, int from, int to) {
        int[] words = new int[(to - from) / Integer.BYTES];
        bytes.slice(from, to - from).order(order).asIntBuffer().get(words);
        int sum0 = first;
        int sum1 = second;
        for (int at = 0; at < words.length; at += 2) {
            sum0 += words[at] + sum1;
            sum1 += words[at + 1] + sum0;
        }
        return new WalChecksum(order, sum0, sum1);
    }
}
