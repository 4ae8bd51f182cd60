package dev.fireflytx.bridge;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import py4j.Gateway;
import py4j.Protocol;
import py4j.Py4JServerConnection;
import py4j.StringUtil;
import py4j.commands.Command;

/**
 * py4j's call command, narrowed to the entry point and its three methods: whoever holds the token can talk to the engine, and not
 * load classes into it. It makes no log lines of what it reads, which py4j's own does even when nobody wants them.
 */
final class CallCommand implements Command {
    static final String WHAT_IS_HERE =
            "This gateway has one object and three methods, each with one text: hello, send, receive.";

    private static final String NAME = "c";

    private EngineGateway entryPoint;

    @Override
    public String getCommandName() {
        return NAME;
    }

    @Override
    public void init(Gateway gateway, Py4JServerConnection connection) {
        entryPoint = (EngineGateway) gateway.getEntryPoint();
    }

    @Override
    public void execute(String commandName, BufferedReader reader, BufferedWriter writer) throws IOException {
        String target = reader.readLine();
        String method = reader.readLine();
        List<String> arguments = new ArrayList<>();
        for (String line = reader.readLine(); !"e".equals(line); line = reader.readLine()) {
            if (line == null) { // half a call: acting on it would use up its number, and refuse the whole one
                throw new RefusedInputException("The connection ended within a call.");
            }
            arguments.add(line);
        }
        writer.write(answer(target, method, arguments));
        writer.flush();
    }

    private String answer(String target, String method, List<String> arguments) {
        boolean oneText = arguments.size() == 1 && arguments.get(0).startsWith("s");
        if (!"t".equals(target) || method == null || !oneText) {
            return refusal();
        }
        String text = Texts.unescaped(arguments.get(0).substring(1));
        return switch (method) {
            case "hello" -> returning(entryPoint.hello(text));
            case "send" -> returning(entryPoint.send(text));
            case "receive" -> returning(entryPoint.receive(text));
            default -> refusal();
        };
    }

    private static String refusal() {
        return Protocol.getOutputErrorCommand(WHAT_IS_HERE);
    }

    private static String returning(String text) {
        return "!ys" + StringUtil.escape(text) + "\n";
    }
}
