package dev.fireflytx.bridge;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.Socket;
import java.util.List;
import py4j.Gateway;
import py4j.GatewayConnection;
import py4j.Py4JAuthenticationException;
import py4j.StringUtil;
import py4j.commands.Command;

/**
 * A py4j connection that knows {@link CallCommand} and nothing else. Whatever else it reads is answered with a sentence, and ends this
 * connection alone.
 */
final class NarrowConnection extends GatewayConnection {
    private static final System.Logger LOGGER = System.getLogger("dev.fireflytx.bridge");
    private static final String QUIT = "q";
    private static final int LAST_READ_MS = 1_000;
    private static final int LAST_READ_BYTES = 64 << 20;

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

    /** In the place of py4j's, which answers with stack traces and resets the connection before the answer is read. */
    @Override
    public void run() {
        try {
            serve();
        } catch (Py4JAuthenticationException e) { // py4j has answered it
            LOGGER.log(Level.WARNING, "A connection without the right token was closed.");
            closeAfterAnswer();
        } catch (RefusedInputException e) {
            LOGGER.log(Level.WARNING, "A connection was closed: " + e.getMessage());
            answer(e.getMessage());
            closeAfterAnswer();
        } catch (IOException e) {
            LOGGER.log(Level.DEBUG, "A connection broke: " + e.getMessage());
        } finally {
            shutdown(false);
        }
    }

    private void serve() throws IOException {
        for (String name = reader.readLine(); name != null && !name.equals(QUIT); name = reader.readLine()) {
            Command command = authCommand.isAuthenticated() ? commands.get(name) : authCommand;
            if (command == null) {
                throw new RefusedInputException(CallCommand.WHAT_IS_HERE);
            }
            command.execute(name, reader, writer);
        }
    }

    private void answer(String problem) {
        try {
            writer.write("!zs" + StringUtil.escape(problem) + "\n");
            writer.flush();
        } catch (IOException e) {
            // it is gone already, and with it whoever would read this
        }
    }

    /** Reads what is on its way: closing a socket with unread input resets it, and may take the answer with it. */
    private void closeAfterAnswer() {
        try {
            socket.shutdownOutput();
            socket.setSoTimeout(LAST_READ_MS);
            socket.getInputStream().skipNBytes(LAST_READ_BYTES);
        } catch (IOException e) {
            // it ended, or said nothing more for a while: as good as closed
        }
    }
}
