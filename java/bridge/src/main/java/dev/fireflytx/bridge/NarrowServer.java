package dev.fireflytx.bridge;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import javax.net.ServerSocketFactory;
import py4j.CallbackClient;
import py4j.Gateway;
import py4j.GatewayServer;
import py4j.Py4JServerConnection;

/** A py4j server whose connections are {@link NarrowConnection}s. */
final class NarrowServer extends GatewayServer {
    private static final int ANY_PORT = 0;
    private static final int NO_TIMEOUT = 0;

    /** py4j insists on one; Java never calls Python, and this opens no socket until it does. */
    private static final CallbackClient NEVER_CALLED = new CallbackClient(0);

    private final String token;

    NarrowServer(EngineGateway entryPoint, String token, ServerSocketFactory sockets) {
        super(new Gateway(entryPoint, NEVER_CALLED), ANY_PORT, InetAddress.getLoopbackAddress(), NO_TIMEOUT, NO_TIMEOUT, List.of(), sockets);
        this.token = token;
    }

    @Override
    protected Py4JServerConnection createConnection(Gateway gateway, Socket socket) throws IOException {
        NarrowConnection connection = new NarrowConnection(gateway, socket, token);
        connection.startConnection();
        return connection;
    }
}
