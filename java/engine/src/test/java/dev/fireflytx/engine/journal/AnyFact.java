package dev.fireflytx.engine.journal;

import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Random facts of every kind that there is, found by reflection so that a new kind can't be forgotten. */
final class AnyFact {
    /** Fields that hold words of people; all other texts are JSON. */
    private static final Set<String> PLAIN_TEXTS = Set.of("reason", "by");

    private static final List<String> VALUES = List.of("{}", "{\"price\":1.10}", "{\"zero\":-0.0}", "{\"large\":1e400}",
            "{\"exact\":123456789012345678901234567890}", "{\"escaped\":\"\\u0061\\\"]}\"}", "{\"text\":\"ä€😀\"}",
            "{ \"spaced\" : [ 1 , {\"deep\":[null,true]} ] }");

    private AnyFact() {}

    /** {@return every record that is a fact} */
    static List<Class<?>> kinds() {
        return kindsOf(Fact.class).toList();
    }

    private static Stream<Class<?>> kindsOf(Class<?> type) {
        return type.isRecord() ? Stream.of(type) : Arrays.stream(type.getPermittedSubclasses()).flatMap(AnyFact::kindsOf).distinct();
    }

    /** {@return facts of any kind} */
    static Arbitrary<Fact> any() {
        return Arbitraries.oneOf(kinds().stream().map(AnyFact::of).toList());
    }

    /** {@return facts of one kind} */
    static Arbitrary<Fact> of(Class<?> kind) {
        List<Arbitrary<Object>> fields = Arrays.stream(kind.getRecordComponents()).map(AnyFact::field).toList();
        return Combinators.combine(fields).as(values -> make(kind, values));
    }

    private static Fact make(Class<?> kind, List<Object> values) {
        try {
            Class<?>[] types = Arrays.stream(kind.getRecordComponents()).map(RecordComponent::getType).toArray(Class<?>[]::new);
            return (Fact) kind.getDeclaredConstructor(types).newInstance(values.toArray());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Arbitrary<Object> field(RecordComponent field) {
        Class<?> type = field.getType();
        if (type == String.class) {
            return PLAIN_TEXTS.contains(field.getName()) ? plainTexts() : Arbitraries.of(VALUES).asGeneric();
        }
        if (type == AttemptRef.class) {
            return attempts().asGeneric();
        }
        return type.isEnum() ? Arbitraries.of(type.getEnumConstants()).asGeneric() : primitives(type);
    }

    private static Arbitrary<Object> primitives(Class<?> type) {
        if (type == boolean.class) {
            return Arbitraries.of(true, false).asGeneric();
        }
        return type == int.class ? Arbitraries.integers().asGeneric() : Arbitraries.longs().asGeneric();
    }

    private static Arbitrary<Object> plainTexts() {
        return Arbitraries.strings().ascii().withChars('"', '\\', '\n', '\u0000', 'ä', '€').withChars("😀".toCharArray())
                .filter(text -> new String(text.getBytes(StandardCharsets.UTF_8),
                        StandardCharsets.UTF_8).equals(text))
                .asGeneric();
    }

    private static Arbitrary<AttemptRef> attempts() {
        return Combinators.combine(Arbitraries.integers().greaterOrEqual(0), Arbitraries.of(Direction.class),
                Arbitraries.integers().greaterOrEqual(1)).as(AttemptRef::new);
    }
}
