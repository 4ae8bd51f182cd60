package dev.fireflytx.bridge;

import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonScanner;
import dev.fireflytx.core.json.JsonStrings;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.engine.AttemptId;
import java.util.Locale;

/** Attempts' names on the wire: {@code ["order-17","charge","forward",1,1]}. */
final class AttemptNames {
    private AttemptNames() {}

    static AttemptId read(String text) {
        JsonScanner scanner = new JsonScanner(text);
        scanner.expect('[');
        String correlationId = scanner.string();
        scanner.expect(',');
        String step = scanner.string();
        scanner.expect(',');
        Direction direction = direction(scanner.string());
        scanner.expect(',');
        int number = number(scanner.value());
        scanner.expect(',');
        long fence = fence(scanner.value());
        scanner.expect(']');
        scanner.end();
        return new AttemptId(correlationId, step, direction, number, fence);
    }

    static String write(AttemptId attempt) {
        StringBuilder out = new StringBuilder("[");
        JsonStrings.appendQuoted(out, attempt.correlationId());
        out.append(',');
        JsonStrings.appendQuoted(out, attempt.step());
        return out.append(",\"").append(attempt.direction().name().toLowerCase(Locale.ROOT)).append("\",")
                .append(attempt.number()).append(',').append(attempt.fence()).append(']').toString();
    }

    private static Direction direction(String word) {
        return switch (word) {
            case "condition" -> Direction.CONDITION;
            case "forward" -> Direction.FORWARD;
            case "backward" -> Direction.BACKWARD;
            default -> throw new JsonException("an attempt's direction is none of condition, forward, backward");
        };
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new JsonException("an attempt's number is not a whole number of 32 bits");
        }
    }

    private static long fence(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new JsonException("an attempt's fence is not a whole number of 64 bits");
        }
    }
}
