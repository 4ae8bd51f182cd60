package dev.fireflytx.engine;

import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonScanner;
import dev.fireflytx.core.json.JsonStrings;
import dev.fireflytx.core.json.JsonWriter;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Knows JSON's own types, so that sagas of maps and text need no library. Numbers are read as {@link BigDecimal}, exactly. */
final class PlainCodec implements ValueCodec {
    static final PlainCodec INSTANCE = new PlainCodec();

    private static final String ADD_A_CODEC = "It can be a Map, a List, a String, a number or a Boolean; for records and other classes add "
            + "the dependency dev.fireflytx:fireflytx-jackson, or give the engine's builder a ValueCodec.";

    private PlainCodec() {}

    @Override
    public String encode(Object value) {
        if (value == null || value instanceof Boolean || value instanceof Number number && isFinite(number)) {
            return String.valueOf(value);
        }
        if (value instanceof CharSequence text) {
            return JsonStrings.quote(text.toString());
        }
        if (value instanceof Iterable<?> elements) {
            List<String> texts = new ArrayList<>();
            elements.forEach(element -> texts.add(encode(element)));
            return JsonWriter.array(texts);
        }
        if (value instanceof Map<?, ?> members) {
            Map<String, String> texts = new LinkedHashMap<>();
            members.forEach((key, member) -> texts.put(String.valueOf(key), encode(member)));
            return JsonObject.join(texts);
        }
        throw new ValueRefusedException("no codec is there for " + value.getClass().getName() + ". " + ADD_A_CODEC);
    }

    private static boolean isFinite(Number number) {
        if (Double.isFinite(number.doubleValue()) || number instanceof BigDecimal || number instanceof BigInteger) {
            return true;
        }
        throw new ValueRefusedException("JSON has no number for NaN or infinity");
    }

    @Override
    public Object decode(String json, Type type) {
        Class<?> wanted = rawClass(type);
        Object value = read(json);
        if (value == null || wanted.isInstance(value)) {
            return value;
        }
        if (value instanceof BigDecimal number) {
            return narrowed(number, wanted);
        }
        throw unreadable(wanted);
    }

    private static Class<?> rawClass(Type type) {
        return type instanceof ParameterizedType generic ? rawClass(generic.getRawType()) : type instanceof Class<?> plain ? plain : Object.class;
    }

    private static Object narrowed(BigDecimal number, Class<?> wanted) {
        try {
            if (wanted == Integer.class || wanted == int.class) {
                return number.intValueExact();
            }
            if (wanted == Long.class || wanted == long.class) {
                return number.longValueExact();
            }
        } catch (ArithmeticException e) {
            throw new ValueRefusedException("a number does not fit into " + wanted.getSimpleName());
        }
        if (wanted == Double.class || wanted == double.class) {
            return number.doubleValue();
        }
        throw unreadable(wanted);
    }

    private static ValueRefusedException unreadable(Class<?> wanted) {
        return new ValueRefusedException("it can't be read as " + wanted.getName() + ". " + ADD_A_CODEC);
    }

    private static Object read(String json) {
        return switch (new JsonScanner(json).peek()) {
            case '{' -> members(json);
            case '[' -> elements(json);
            case '"' -> new JsonScanner(json).string();
            case 'n' -> null;
            case 't' -> true;
            case 'f' -> false;
            default -> new BigDecimal(json.strip());
        };
    }

    private static Map<String, Object> members(String json) {
        Map<String, Object> values = new LinkedHashMap<>();
        JsonObject.split(json).members().forEach((key, text) -> values.put(key, read(text)));
        return values;
    }

    private static List<Object> elements(String json) {
        List<Object> values = new ArrayList<>();
        JsonObject.forEach(json, text -> values.add(read(text)));
        return values;
    }
}
