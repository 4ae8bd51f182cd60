package dev.fireflytx.core.machine;

import dev.fireflytx.core.machine.StepTable.Move;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The part of {@code docs/state-machine.md} that is drawn from {@link StepTable}. */
final class StateMachineDoc {
    static final String BEGIN = "<!-- drawn from StepTable -->\n";
    static final String END = "<!-- end of what is drawn -->\n";

    private final Path file;

    StateMachineDoc(Path file) {
        this.file = file;
    }

    /** What the page shows now. */
    String shown() throws IOException {
        String page = Files.readString(file);
        return page.substring(page.indexOf(BEGIN) + BEGIN.length(), page.indexOf(END));
    }

    /** Puts what the table gives into the page. */
    void rewrite() throws IOException {
        String page = Files.readString(file);
        String before = page.substring(0, page.indexOf(BEGIN) + BEGIN.length());
        Files.writeString(file, before + drawn() + page.substring(page.indexOf(END)));
    }

    /** What the table gives: a diagram, and every move. */
    static String drawn() {
        return diagram() + "\n" + table();
    }

    private static String diagram() {
        StringBuilder out = new StringBuilder("```mermaid\nstateDiagram-v2\n    [*] --> PENDING\n");
        for (StepPhase from : StepPhase.values()) {
            movesByTarget(from).forEach((to, moves) ->
                    out.append("    ").append(from).append(" --> ").append(to).append(": ").append(moves).append('\n'));
        }
        return out.append("```\n").toString();
    }

    private static Map<StepPhase, String> movesByTarget(StepPhase from) {
        Map<StepPhase, String> moves = new EnumMap<>(StepPhase.class);
        sorted(from).forEach((move, to) -> moves.merge(to, word(move), (left, right) -> left + ", " + right));
        return moves;
    }

    private static String table() {
        StringBuilder out = new StringBuilder("| A step that is | can |\n|---|---|\n");
        for (StepPhase from : StepPhase.values()) {
            String moves = sorted(from).entrySet().stream()
                    .map(move -> word(move.getKey()) + " → `" + move.getValue() + "`")
                    .collect(Collectors.joining(", "));
            out.append("| `").append(from).append("` | ").append(moves.isEmpty() ? "nothing" : moves).append(" |\n");
        }
        return out.toString();
    }

    private static Map<Move, StepPhase> sorted(StepPhase from) {
        return new TreeMap<>(StepTable.movesFrom(from));
    }

    private static String word(Move move) {
        return move.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
