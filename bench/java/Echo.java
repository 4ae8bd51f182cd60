import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * The floor of an engine in a process of its own: answers each message with as many bytes as it asks for, and decides nothing.
 *
 * <p>{@code java Echo [FILE]}: prints its port, serves one connection, and ends with it. A message is a line, {@code ID SIZE PADDING}; its
 * answer is one too, {@code ID PADDING}, of SIZE bytes of padding. What was read at once is a batch. With FILE, each batch is written there and
 * synced before it is answered: over the same bytes again and again, as a write-ahead log is.
 */
final class Echo {
    private static final int BATCH_BYTES = 1 << 20;
    private static final int LOG_BYTES = 8 << 20;

    private final FileChannel log;
    private final byte[] padding = new byte[4 * BATCH_BYTES];

    private Echo(FileChannel log) {
        this.log = log;
        Arrays.fill(padding, (byte) 'x');
    }

    public static void main(String[] arguments) throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                FileChannel log = arguments.length > 0 ? open(Path.of(arguments[0])) : null) {
            System.out.println(server.getLocalPort());
            try (Socket socket = server.accept()) {
                socket.setTcpNoDelay(true);
                new Echo(log).serve(socket.getInputStream(), socket.getOutputStream());
            }
        }
    }

    /** Of its full length, so that a sync has no more to write than what was written. */
    private static FileChannel open(Path path) throws IOException {
        FileChannel log = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        log.write(ByteBuffer.allocate(LOG_BYTES), 0);
        log.force(true);
        log.position(0);
        return log;
    }

    private void serve(InputStream in, OutputStream out) throws IOException {
        byte[] read = new byte[BATCH_BYTES];
        int held = 0;
        int count = in.read(read);
        while (count >= 0) {
            held += count;
            int whole = afterLastLine(read, held);
            if (whole > 0) {
                sync(read, whole);
                out.write(answers(read, whole));
                System.arraycopy(read, whole, read, 0, held - whole);
                held -= whole;
            }
            read = held == read.length ? Arrays.copyOf(read, 2 * held) : read;
            count = in.read(read, held, read.length - held);
        }
    }

    private static int afterLastLine(byte[] read, int held) {
        int end = held;
        while (end > 0 && read[end - 1] != '\n') {
            end--;
        }
        return end;
    }

    private void sync(byte[] batch, int size) throws IOException {
        if (log == null) {
            return;
        }
        if (log.position() + size > LOG_BYTES) {
            log.position(0);
        }
        log.write(ByteBuffer.wrap(batch, 0, size));
        log.force(false);
    }

    private byte[] answers(byte[] batch, int size) {
        ByteArrayOutputStream answers = new ByteArrayOutputStream(size);
        int begin = 0;
        for (int at = 0; at < size; at++) {
            if (batch[at] == '\n') {
                answer(new String(batch, begin, Math.min(at - begin, 40), StandardCharsets.ISO_8859_1), answers);
                begin = at + 1;
            }
        }
        return answers.toByteArray();
    }

    private void answer(String message, ByteArrayOutputStream answers) {
        int blank = message.indexOf(' ');
        int size = Integer.parseInt(message.substring(blank + 1, message.indexOf(' ', blank + 1)));
        answers.writeBytes(message.substring(0, blank + 1).getBytes(StandardCharsets.ISO_8859_1));
        answers.write(padding, 0, size);
        answers.write('\n');
    }
}
