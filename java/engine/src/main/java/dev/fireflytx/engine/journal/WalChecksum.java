package dev.fireflytx.engine.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The checksum that runs through a write-ahead log: each frame's goes on from the one before it.
 *
 * @see <a href="https://www.sqlite.org/fileformat2.html#checksum_algorithm">The checksum algorithm, in SQLite's file format</a>
 */
record WalChecksum(ByteOrder order, int first, int second) {

    /** The checksum after some more bytes, a multiple of eight. */
    WalChecksum add(ByteBuffer bytes, int from, int to) {
        ByteBuffer words = bytes.duplicate().order(order);
        int sum0 = first;
        int sum1 = second;
        for (int at = from; at < to; at += 2 * Integer.BYTES) {
            sum0 += words.getInt(at) + sum1;
            sum1 += words.getInt(at + Integer.BYTES) + sum0;
        }
        return new WalChecksum(order, sum0, sum1);
    }
}
