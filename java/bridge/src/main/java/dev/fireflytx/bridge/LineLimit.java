package dev.fireflytx.bridge;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Refuses to go on reading a line that is too long, before it fills the memory. */
final class LineLimit extends FilterInputStream {
    private final int limitBytes;
    private int lineBytes;

    LineLimit(InputStream in, int limitBytes) {
        super(in);
        this.limitBytes = limitBytes;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = super.read(bytes, offset, length);
        int from = offset;
        for (int i = offset; i < offset + count; i++) { // over locals alone: a large value is a single line, all of which is looked at here
            if (bytes[i] == '\n') {
                grow(i - from);
                lineBytes = 0;
                from = i + 1;
            }
        }
        grow(Math.max(0, offset + count - from));
        return count;
    }

    private void grow(int count) throws RefusedInputException {
        lineBytes += count;
        if (lineBytes > limitBytes) {
            throw new RefusedInputException("A line is longer than the limit of " + limitBytes + " bytes.");
        }
    }
}
