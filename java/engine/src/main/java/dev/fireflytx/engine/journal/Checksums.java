package dev.fireflytx.engine.journal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/** What tells a row that was written from one that has changed since: the CRC32C (RFC 3720) of its columns. */
final class Checksums {
    private final CRC32C checksum = new CRC32C();

    Checksums add(long number) {
        checksum.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
        return this;
    }

    /** Its length goes in first, so that no two rows run together to the same bytes. */
    Checksums add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        add(bytes.length);
        checksum.update(bytes);
        return this;
    }

    long value() {
        return checksum.getValue();
    }
}
