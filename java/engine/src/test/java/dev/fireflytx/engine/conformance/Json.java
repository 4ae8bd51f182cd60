package dev.fireflytx.engine.conformance;

import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonScanner;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON as plain values that can be compared: two numbers are equal when their values are. */
final class Json {
    private Json() {}

    static Object read(String text) {
        return switch (new JsonScanner(text).peek()) {
            case '{' -> {
                Map<String, Object> members = new LinkedHashMap<>();
                JsonObject.split(text).members().forEach((key, value) -> members.put(key, read(value)));
                yield members;
            }
            case '[' -> {
                List<Object> elements = new ArrayList<>();
                JsonObject.forEach(text, element -> elements.add(read(element)));
                yield elements;
            }
            case '"' -> new JsonScanner(text).string();
            case 'n' -> null;
            case 't' -> true;
            case 'f' -> false;
            default -> plain(new BigDecimal(text.strip()));
        };
    }

    /** A value as {@link #read} would give it. */
    static Object plain(Object value) {
        if (value instanceof Map<?, ?> members) {
            Map<String, Object> plain = new LinkedHashMap<>();
            members.forEach((key, member) -> plain.put((String) key, plain(member)));
            return plain;
        }
        if (value instanceof List<?> elements) {
            List<Object> plain = new ArrayList<>();
            elements.forEach(element -> plain.add(plain(element)));
            return plain;
        }
        return value instanceof Number number ? new BigDecimal(number.toString()).stripTrailingZeros() : value;
    }
}
