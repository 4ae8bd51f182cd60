package dev.fireflytx.bridge;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import py4j.StringUtil;

/** Writes py4j's lines to a real socket, right or wrong. */
final class WireClient implements AutoCloseable {
    static final String TOKEN = "the-right-token";
    private static final int PATIENCE_MS = 20_000;

    private final Socket socket;
    private final BufferedReader reader;

    WireClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MS);
        reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    static WireClient authenticated(int port) throws IOException {
        WireClient client = new WireClient(port);
        client.write("A\n" + TOKEN + "\n");
        if (!"!yv".equals(client.answer())) {
            throw new IOException("the token was refused");
        }
        return client;
    }

    void write(String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** The next line that the server says; null when it has closed the connection. */
    String answer() throws IOException {
        return reader.readLine();
    }

    /** What a method returns, or the error's line. */
    String call(String method, String text) throws IOException {
        write("c\nt\n" + method + "\ns" + StringUtil.escape(text) + "\ne\n");
        String line = answer();
        return line != null && line.startsWith("!ys") ? StringUtil.unescape(line.substring(3)) : line;
    }

    void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
