package dev.fireflytx.engine.conformance;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * An object in a scenario, of which every member is known.
 *
 * @param what how to call it in a message
 * @param members its members
 */
record Part(String what, Map<String, Object> members) {

    /** Refuses a member that is not allowed. */
    @SuppressWarnings("unchecked")
    static Part of(String what, Object value, Set<String> allowed) {
        if (!(value instanceof Map)) {
            throw new ScenarioException(what + " is no object");
        }
        Map<String, Object> members = (Map<String, Object>) value;
        for (String key : new TreeSet<>(members.keySet())) {
            if (!allowed.contains(key)) {
                throw new ScenarioException(what + " has '" + key + "'; it can have " + String.join(", ", new TreeSet<>(allowed)));
            }
        }
        return new Part(what, members);
    }

    /** A member whose own members have been checked. */
    @SuppressWarnings("unchecked")
    Part part(String key) {
        return new Part(what + ": " + key, (Map<String, Object>) value(key));
    }

    boolean has(String key) {
        return members.containsKey(key);
    }

    Object value(String key) {
        if (!has(key)) {
            throw new ScenarioException(what + ": '" + key + "' is missing");
        }
        return members.get(key);
    }

    Object value(String key, Object fallback) {
        return members.getOrDefault(key, fallback);
    }

    String text(String key) {
        return (String) value(key);
    }

    String text(String key, String fallback) {
        return (String) value(key, fallback);
    }

    Optional<String> maybeText(String key) {
        return Optional.ofNullable(text(key, null));
    }

    boolean flag(String key, boolean fallback) {
        return (Boolean) value(key, fallback);
    }

    OptionalLong number(String key) {
        return has(key) ? OptionalLong.of(((BigDecimal) value(key)).longValueExact()) : OptionalLong.empty();
    }

    List<?> list(String key) {
        return (List<?>) value(key, List.of());
    }

    List<String> texts(String key) {
        return list(key).stream().map(String.class::cast).toList();
    }

    /** The part with defaults for what it doesn't have. */
    Part or(Map<String, ?> defaults) {
        Map<String, Object> all = new LinkedHashMap<>(defaults);
        all.putAll(members);
        return new Part(what, all);
    }
}
