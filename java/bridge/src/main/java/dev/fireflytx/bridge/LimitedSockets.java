package dev.fireflytx.bridge;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import javax.net.ServerSocketFactory;

/**
 * Sockets for py4j with what it lacks: no delay before a small packet (each message over 8 KiB waited 40 ms otherwise), and a limit
 * on the length of a line.
 */
final class LimitedSockets extends ServerSocketFactory {
    private final int lineLimitBytes;

    LimitedSockets(int lineLimitBytes) {
        this.lineLimitBytes = lineLimitBytes;
    }

    @Override
    public ServerSocket createServerSocket() throws IOException {
        return new ServerSocket() {
            @Override
            public Socket accept() throws IOException {
                LimitedSocket socket = new LimitedSocket(lineLimitBytes);
                implAccept(socket);
                socket.setTcpNoDelay(true);
                return socket;
            }
        };
    }

    @Override
    public ServerSocket createServerSocket(int port) {
        throw new UnsupportedOperationException("py4j binds its socket itself");
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) {
        throw new UnsupportedOperationException("py4j binds its socket itself");
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, InetAddress address) {
        throw new UnsupportedOperationException("py4j binds its socket itself");
    }

    private static final class LimitedSocket extends Socket {
        private final int lineLimitBytes;

        LimitedSocket(int lineLimitBytes) {
            this.lineLimitBytes = lineLimitBytes;
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return new LineLimit(super.getInputStream(), lineLimitBytes);
        }
    }
}
