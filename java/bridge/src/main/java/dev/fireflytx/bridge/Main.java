package dev.fireflytx.bridge;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The child process that the Python SDK starts.
 *
 * <p>Arguments: {@code --parent-pid N}. The first line of standard input is the token; the end of standard input is the order to end.
 * Standard output carries one line for the parent: {@code FIREFLYTX-READY {"port":…,"pid":…,"java":"…","engine":"…"}}.
 */
public final class Main {
    private static final int FRAME_LIMIT_BYTES = 8 << 20;
    private static final int MAX_TOKEN_CHARACTERS = 256;

    private Main() {}

    /**
     * Runs until the parent ends.
     *
     * @param arguments see above
     * @throws IOException if standard input can't be read
     */
    public static void main(String[] arguments) throws IOException {
        String token = firstLine(System.in);
        if (token.isEmpty()) {
            System.err.println("This program is started by the fireflytx Python package; it expects a token on standard input.");
            System.exit(2);
        }
        EngineGateway gateway = new EngineGateway();
        JulToPython.install(gateway.listener());
        NarrowServer server = new NarrowServer(gateway, token, new LimitedSockets(FRAME_LIMIT_BYTES));
        Lifelines lifelines = new Lifelines(() -> Runtime.getRuntime().halt(0));
        lifelines.watchParent(parentPid(arguments));
        lifelines.watchInput(System.in);
        server.start();
        announce(server.getListeningPort());
    }

    private static long parentPid(String[] arguments) {
        if (arguments.length != 2 || !arguments[0].equals("--parent-pid")) {
            System.err.println("usage: --parent-pid N");
            System.exit(2);
        }
        return Long.parseLong(arguments[1]);
    }

    private static void announce(int port) {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        out.println("FIREFLYTX-READY " + new ItemBuilder()
                .number("port", port)
                .number("pid", ProcessHandle.current().pid())
                .text("java", System.getProperty("java.version"))
                .text("engine", Versions.engine())
                .build());
    }

    private static String firstLine(InputStream input) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = input.read(); c >= 0 && c != '\n' && line.length() < MAX_TOKEN_CHARACTERS; c = input.read()) {
            line.append((char) c);
        }
        return line.toString().strip();
    }
}
