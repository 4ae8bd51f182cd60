import java.io.IOException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes down what a module offers: every public type, and every member of it that other packages can use.
 *
 * <p>{@code java -cp CLASSES:LIBRARIES ApiSurface.java CLASSES TARGET [PACKAGE…]}. The packages are left out: they are public for their module alone.
 * The text is made by reflection, and not taken from {@code javap}, so that it is the same with every JDK. Type names are short; what every object and
 * every enum has is left out.
 */
final class ApiSurface {
    private static final Set<String> IN_EVERY_OBJECT = Set.of("equals", "hashCode", "toString");
    private static final Set<String> IN_EVERY_ENUM = Set.of("equals", "hashCode", "toString", "valueOf", "values");
    private static final int EXPORTED = Modifier.PUBLIC | Modifier.PROTECTED;
    private static final int SHOWN_OF_TYPE = EXPORTED | Modifier.STATIC | Modifier.ABSTRACT | Modifier.FINAL;

    private ApiSurface() {}

    public static void main(String[] arguments) throws IOException {
        Set<String> internal = Arrays.stream(arguments).skip(2).collect(Collectors.toSet());
        Files.writeString(Path.of(arguments[1]), typesIn(Path.of(arguments[0]))
                .filter(type -> isExported(type) && !internal.contains(type.getPackageName()))
                .map(ApiSurface::describe)
                .collect(Collectors.joining("\n")));
    }

    private static Stream<Class<?>> typesIn(Path classes) throws IOException {
        try (Stream<Path> files = Files.walk(classes)) {
            List<String> names = files.map(file -> classes.relativize(file).toString())
                    .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
                    .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.').replace('\\', '.'))
                    .sorted()
                    .toList();
            return names.stream().map(ApiSurface::load);
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, ApiSurface.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(name + " is not on the class path", e);
        }
    }

    private static boolean isExported(Class<?> type) {
        return (type.getModifiers() & EXPORTED) != 0 && (type.getEnclosingClass() == null || isExported(type.getEnclosingClass()));
    }

    private static boolean isExported(Member member) {
        return (member.getModifiers() & EXPORTED) != 0 && !member.isSynthetic();
    }

    private static String describe(Class<?> type) {
        String members = membersOf(type).sorted().distinct().map(line -> "    " + line + "\n").collect(Collectors.joining());
        return header(type) + "\n" + members;
    }

    private static String header(Class<?> type) {
        List<String> parts = new ArrayList<>();
        parts.add(Modifier.toString(type.getModifiers() & (type.isInterface() ? SHOWN_OF_TYPE & ~Modifier.ABSTRACT : SHOWN_OF_TYPE)));
        parts.add(type.isSealed() ? "sealed" : "");
        parts.add(kind(type));
        parts.add(type.getName().replace('$', '.') + typeParameters(type));
        parts.add(kind(type).equals("class") && type.getSuperclass() != Object.class ? "extends " + shortName(type.getGenericSuperclass()) : "");
        parts.add(listed(type.isInterface() ? "extends" : "implements", type.getGenericInterfaces()));
        parts.add(type.isSealed() ? listed("permits", type.getPermittedSubclasses()) : "");
        return deprecated(type) + parts.stream().filter(part -> !part.isEmpty()).collect(Collectors.joining(" "));
    }

    private static String kind(Class<?> type) {
        if (type.isInterface()) {
            return type.isAnnotation() ? "@interface" : "interface";
        }
        return type.isEnum() ? "enum" : type.isRecord() ? "record" : "class";
    }

    private static String typeParameters(Class<?> type) {
        String names = Arrays.stream(type.getTypeParameters()).map(ApiSurface::bounded).collect(Collectors.joining(", "));
        return names.isEmpty() ? "" : "<" + names + ">";
    }

    private static String bounded(TypeVariable<?> variable) {
        String bounds = Arrays.stream(variable.getBounds()).filter(bound -> bound != Object.class)
                .map(ApiSurface::shortName).collect(Collectors.joining(" & "));
        return bounds.isEmpty() ? variable.getName() : variable.getName() + " extends " + bounds;
    }

    private static String listed(String word, Type[] types) {
        return types.length == 0 ? "" : word + " " + Arrays.stream(types).map(ApiSurface::shortName).collect(Collectors.joining(", "));
    }

    private static Stream<String> membersOf(Class<?> type) {
        return Stream.concat(constructors(type), inheritable(type));
    }

    /** What a type inherits from one that can't be seen is its own for whoever uses it. */
    private static Stream<String> inheritable(Class<?> type) {
        Class<?> parent = type.getSuperclass();
        Stream<String> own = Stream.concat(fields(type), methods(type));
        return parent == null || isExported(parent) ? own : Stream.concat(own, inheritable(parent));
    }

    private static Stream<String> constructors(Class<?> type) {
        return Arrays.stream(type.getDeclaredConstructors()).filter(ApiSurface::isExported).map(made -> line(made, made.toGenericString()));
    }

    private static Stream<String> fields(Class<?> type) {
        return Arrays.stream(type.getDeclaredFields()).filter(ApiSurface::isExported).map(ApiSurface::field);
    }

    private static String field(Field field) {
        String name = field.getDeclaringClass().getTypeName() + "." + field.getName();
        return deprecated(field) + shortName(field.toGenericString().replace(name, field.getName()));
    }

    private static Stream<String> methods(Class<?> type) {
        Set<String> leftOut = type.isEnum() ? IN_EVERY_ENUM : IN_EVERY_OBJECT;
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> isExported(method) && !leftOut.contains(method.getName()))
                .map(ApiSurface::method);
    }

    private static String method(Method method) {
        String name = method.getDeclaringClass().getTypeName() + "." + method.getName() + "(";
        String text = method.toGenericString().replace(name, method.getName() + "(").replaceAll("\\b(synchronized|native|strictfp) ", "");
        // Makes an array of any kind printable, and takes its brackets off again.
        String value = Arrays.deepToString(new Object[] {method.getDefaultValue()});
        return line(method, method.getDefaultValue() == null ? text : text + " default " + value.substring(1, value.length() - 1));
    }

    private static String line(Executable member, String text) {
        return deprecated(member) + shortName(text);
    }

    private static String deprecated(AnnotatedElement element) {
        return element.isAnnotationPresent(Deprecated.class) ? "@Deprecated " : "";
    }

    private static String shortName(Type type) {
        return shortName(type.getTypeName());
    }

    private static String shortName(String text) {
        return text.replaceAll("\\b(?:[a-z]\\w*\\.)+(?=[A-Z])", "").replace('$', '.').replaceAll(",(?=\\S)", ", ");
    }
}
