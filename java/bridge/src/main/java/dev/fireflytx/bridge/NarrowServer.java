package dev.fireflytx.bridge;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import javax.net.ServerSocketFactory;
import py4j.CallbackClient;
import py4j.Gateway;
import py4j.GatewayConnection;
import py4j.GatewayServer;
import py4j.Py4JServerConnection;
import py4j.commands.Command;

/** A py4j server that answers {@link CallCommand} and nothing else. */
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

    private static final class NarrowConnection extends GatewayConnection {
        NarrowConnection(Gateway gateway, Socket socket, String token) throws IOException {
            super(gateway, socket, token, List.of(), List.of());
        }

        /** Called by the superclass for its base commands, all of which this leaves out. */
        @Override
        protected void initCommands(Gateway gateway, List<Class<? extends Command>> classes) {
            CallCommand call = new CallCommand();
            call.init(gateway, this);
            commands.put(call.getCommandName(), call);
        }

        @Override
        public void startConnection() {
            Thread thread = new Thread(this, "fireflytx-connection");
            thread.setDaemon(true);
            thread.start();
        }
    }
}
