package dev.fireflytx.bridge;

import dev.fireflytx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import py4j.StringUtil;

/** One connection of Python's, for a {@link Rehearsal}; it ends with the process. */
final class PythonStandIn {
    private static final String STRING = "!ys";

    private final Socket socket;
    private final BufferedReader reader;

    /** A connection that has shown its token. */
    PythonStandIn(int port, String token) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        exchange("A\n" + token + "\n");
    }

    /** The items of the answer to a call. */
    List<JsonObject> call(String method, String header, List<String> items) throws IOException {
        String answer = exchange("c\nt\n" + method + "\ns" + StringUtil.escape(Texts.join(header, items)) + "\ne\n");
        if (!answer.startsWith(STRING + "{") || answer.startsWith(STRING + "{\"error\"")) {
            throw new IOException("The engine answered '" + method + "' with: " + answer);
        }
        return Texts.split(Texts.unescaped(answer.substring(STRING.length()))).stream().skip(1).map(JsonObject::split).toList();
    }

    private String exchange(String request) throws IOException {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
        String answer = reader.readLine();
        if (answer == null) {
            throw new IOException("The engine has closed the connection.");
        }
        return answer;
    }
}
