package dev.fireflytx.engine;

import dev.fireflytx.core.json.JsonObject;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * Reads and writes an engine's values, and says whose they are when that fails. An object that is wanted or given as a {@code String} is its
 * JSON text, whatever the codec.
 *
 * @param codec does the work
 */
record Values(ValueCodec codec) {

    /** Those of the codec on the class path; of JSON's own types if there is none. */
    static Values found() {
        return new Values(ServiceLoader.load(ValueCodec.class).findFirst().orElse(PlainCodec.INSTANCE));
    }

    /** Whether an object without members is one of these. */
    static boolean takesAnyObject(Type type) {
        return type == String.class || type == Map.class || type instanceof ParameterizedType generic && generic.getRawType() == Map.class;
    }

    /** Reads an object. */
    Object object(String json, Type type, String what) {
        return type == String.class ? json : read(json, type, what);
    }

    /** Reads a result of a step or an input. */
    <T> T object(String json, Class<T> type, String what) {
        return type.cast(object(json, (Type) type, what));
    }

    /** Writes what must be an object; null is an empty one. */
    String object(Object value, String what) {
        return value == null ? JsonObject.EMPTY : value instanceof String json ? json : write(value, what);
    }

    /** Reads any value. */
    Object read(String json, Type type, String what) {
        try {
            return codec.decode(json, type);
        } catch (RuntimeException e) {
            throw new ValueRefusedException(what + " can't be read as " + type.getTypeName() + ": " + reason(e));
        }
    }

    /** Writes any value. */
    String write(Object value, String what) {
        try {
            return codec.encode(value);
        } catch (RuntimeException e) {
            throw new ValueRefusedException(what + " can't be written as JSON: " + reason(e));
        }
    }

    /** Messages of others may hold values. */
    private static String reason(RuntimeException e) {
        return e instanceof ValueRefusedException ? e.getMessage() : e.getClass().getName();
    }
}
