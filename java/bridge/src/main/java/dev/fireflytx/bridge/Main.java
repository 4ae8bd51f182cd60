package dev.fireflytx.bridge;

import dev.fireflytx.core.json.JsonWriter;
import dev.fireflytx.engine.FencedException;
import dev.fireflytx.engine.Stores;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * The child process that the Python SDK starts.
 *
 * <p>Arguments: {@code --parent-pid N}, and {@code --journal} if sagas will be kept in one: what that needs is then loaded while Python does
 * its part. The first line of standard input is the token; the end of standard input is the order to end.
 * Standard output carries one line for the parent: {@code FIREFLYTX-READY {"port":…,"pid":…,"java":"…","engine":"…"}}.
 */
public final class Main {
    private static final int FRAME_LIMIT_BYTES = 8 << 20;
    private static final int MAX_TOKEN_CHARACTERS = 256;
    private static final long LONGEST_CLOSE_MS = 500;
    private static final int WITH_JOURNAL = 3;
    private static final int ENGINE_FAILED = 70;

    /** Python says so in other words: nothing is wrong with the engine or its journal. */
    private static final int FENCED = 75;
    private static final Pattern PID = Pattern.compile("[1-9][0-9]{0,17}");

    private Main() {}

    /**
     * Runs until the parent ends.
     *
     * @param arguments see above
     * @throws IOException if standard input can't be read
     */
    public static void main(String[] arguments) throws IOException {
        long parentPid = parentPid(arguments);
        if (arguments.length == WITH_JOURNAL) {
            prepareJournal();
        }
        String token = firstLine(System.in);
        if (token.isEmpty()) {
            System.err.println("This program is started by the fireflytx Python package; it expects a token on standard input.");
            System.exit(2);
        }
        announce(serve(token, System.in, parentPid));
    }

    /**
     * Serves until the parent ends or its input does.
     *
     * @return the port
     */
    static int serve(String token, InputStream input, long parentPid) {
        EngineGateway gateway = new EngineGateway(Main::failed);
        JulToPython.install(gateway.listener());
        NarrowServer server = new NarrowServer(gateway, token, new LimitedSockets(FRAME_LIMIT_BYTES));
        Lifelines lifelines = new Lifelines(() -> end(server));
        lifelines.watchParent(parentPid);
        lifelines.watchInput(input);
        server.start();
        return server.getListeningPort();
    }

    /** Beside everything else, since SQLite's driver takes half as long to be loaded as all the rest. */
    static void prepareJournal() {
        Thread loading = new Thread(Stores::prepare, "fireflytx-prepare");
        loading.setDaemon(true);
        loading.start();
    }

    /** Closes the sockets first, since halting waits 300 ms for threads inside a system call; but ends whatever becomes of that. */
    private static void end(NarrowServer server) {
        Thread closer = new Thread(server::shutdown, "fireflytx-close");
        closer.setDaemon(true);
        closer.start();
        try {
            closer.join(LONGEST_CLOSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            Runtime.getRuntime().halt(0);
        }
    }

    /**
     * The engine can't go on, most likely since its journal can't be written. Nothing that it did not acknowledge may be taken for done, so the
     * process ends: the next one knows what the journal holds, and nothing else.
     */
    private static void failed(Throwable cause) {
        System.err.println("The engine has failed: " + (cause.getMessage() == null ? cause : cause.getMessage()));
        Runtime.getRuntime().halt(cause instanceof FencedException ? FENCED : ENGINE_FAILED);
    }

    private static long parentPid(String[] arguments) {
        boolean understood = arguments.length >= 2 && arguments[0].equals("--parent-pid") && PID.matcher(arguments[1]).matches()
                && (arguments.length == 2 || arguments.length == WITH_JOURNAL && arguments[2].equals("--journal"));
        if (!understood) {
            System.err.println("usage: --parent-pid N [--journal]");
            System.exit(2);
        }
        return Long.parseLong(arguments[1]);
    }

    private static void announce(int port) {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        out.println("FIREFLYTX-READY " + new JsonWriter()
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
