package dev.fireflytx.engine;

import java.lang.reflect.Type;

/**
 * Turns values into JSON and back.
 *
 * <p>An engine takes the one that its builder was given, else the one that {@link java.util.ServiceLoader} finds, such as that of
 * {@code dev.fireflytx:fireflytx-jackson}, else one that knows JSON's own types alone: maps, lists, text, numbers and truth values.
 * Safe from any thread.
 */
public interface ValueCodec {

    /**
     * Writes a value.
     *
     * @param value the value; may be null
     * @return its JSON text
     * @throws ValueRefusedException if JSON can't carry it
     */
    String encode(Object value);

    /**
     * Reads a value. Members that the type doesn't have are left out, since a step's input holds more than each step wants.
     *
     * @param json well-formed JSON text
     * @param type what to read it as
     * @return the value
     * @throws ValueRefusedException if the text is no such value
     */
    Object decode(String json, Type type);
}
