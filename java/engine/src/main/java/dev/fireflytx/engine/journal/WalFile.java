package dev.fireflytx.engine.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Reads the frames of a write-ahead log, one after the other.
 *
 * @see <a href="https://www.sqlite.org/fileformat2.html#the_write_ahead_log">The write-ahead log, in SQLite's file format</a>
 */
final class WalFile implements Closeable {
    private static final int HEADER_BYTES = 32;
    private static final int FRAME_HEADER_BYTES = 24;
    private static final int BIG_ENDIAN_MAGIC = 0x377f0683;
    private static final int LITTLE_ENDIAN_MAGIC = 0x377f0682;

    private final FileChannel channel;
    private final ByteBuffer header;
    private final ByteBuffer frame;
    private final boolean isEmpty;
    private WalChecksum checksum;

    /**
     * A frame.
     *
     * @param hasSalts whether it belongs to the log's present round, and is no remainder of an earlier one
     * @param isSound whether it is what was written, too
     * @param isCommit whether a transaction ends with it
     */
    record Frame(boolean hasSalts, boolean isSound, boolean isCommit) {}

    private WalFile(FileChannel channel) throws IOException {
        this.channel = channel;
        this.header = ByteBuffer.allocate(HEADER_BYTES);
        this.isEmpty = !fill(header);
        this.frame = ByteBuffer.allocate(FRAME_HEADER_BYTES + pageBytes());
        this.checksum = new WalChecksum(order(), header.getInt(24), header.getInt(28));
    }

    static WalFile open(Path path) throws IOException {
        return new WalFile(FileChannel.open(path, StandardOpenOption.READ));
    }

    /** Whether it is too short to have a header: nothing was ever committed to it. */
    boolean isEmpty() {
        return isEmpty;
    }

    /** Whether its header is what was written; SQLite takes no frame behind a bad one. */
    boolean isHeaderSound() {
        WalChecksum own = new WalChecksum(order(), 0, 0).add(header, 0, 24);
        return hasMagic() && own.equals(checksum);
    }

    /** The next frame; null at the end, or if it was cut off. */
    Frame next() throws IOException {
        frame.clear();
        if (!fill(frame)) {
            return null;
        }
        boolean hasSalts = frame.getInt(8) == header.getInt(16) && frame.getInt(12) == header.getInt(20);
        WalChecksum expected = checksum.add(frame, 0, 8).add(frame, FRAME_HEADER_BYTES, frame.limit());
        checksum = new WalChecksum(order(), frame.getInt(16), frame.getInt(20));
        return new Frame(hasSalts, hasSalts && expected.equals(checksum), frame.getInt(4) != 0);
    }

    private boolean hasMagic() {
        int magic = header.getInt(0);
        return magic == BIG_ENDIAN_MAGIC || magic == LITTLE_ENDIAN_MAGIC;
    }

    private ByteOrder order() {
        return header.getInt(0) == BIG_ENDIAN_MAGIC ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    /** 512 to 65 536; whatever a damaged header says. */
    private int pageBytes() {
        int bytes = header.getInt(8);
        return Integer.bitCount(bytes) == 1 && bytes >= 512 && bytes <= 65_536 ? bytes : JournalDatabase.PAGE_BYTES;
    }

    private boolean fill(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
