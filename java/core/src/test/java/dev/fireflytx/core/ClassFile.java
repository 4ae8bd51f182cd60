package dev.fireflytx.core;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a compiled class refers to, read from its constant pool.
 *
 * @see <a href="https://docs.oracle.com/javase/specs/jvms/se17/html/jvms-4.html#jvms-4.4">JVM specification, 4.4</a>
 */
final class ClassFile {
    private static final int MAGIC_AND_VERSION_BYTES = 8;
    private static final int UTF8 = 1;
    private static final int INTEGER = 3;
    private static final int FLOAT = 4;
    private static final int LONG = 5;
    private static final int DOUBLE = 6;
    private static final int CLASS = 7;
    private static final int STRING = 8;
    private static final int METHOD = 10;
    private static final int METHOD_HANDLE = 15;
    private static final int METHOD_TYPE = 16;
    private static final int METHOD_HANDLE_BYTES = 3;
    private static final Pattern IN_DESCRIPTOR = Pattern.compile("L([\\w/$]+);");

    private final String[] texts;
    private final int[][] pairs;
    private final int[] tags;

    private ClassFile(DataInputStream in) throws IOException {
        in.skipBytes(MAGIC_AND_VERSION_BYTES);
        int size = in.readUnsignedShort();
        texts = new String[size];
        pairs = new int[size][2];
        tags = new int[size];
        for (int entry = 1; entry < size; entry++) {
            tags[entry] = in.readUnsignedByte();
            readEntry(in, entry);
            if (tags[entry] == LONG || tags[entry] == DOUBLE) {
                entry++; // they take two places
            }
        }
    }

    static ClassFile read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new ClassFile(new DataInputStream(in));
        }
    }

    private void readEntry(DataInputStream in, int entry) throws IOException {
        switch (tags[entry]) {
            case UTF8 -> texts[entry] = in.readUTF();
            case LONG, DOUBLE -> in.readLong();
            case CLASS, STRING, METHOD_TYPE -> pairs[entry][0] = in.readUnsignedShort();
            case INTEGER, FLOAT -> in.readInt();
            case METHOD_HANDLE -> in.skipBytes(METHOD_HANDLE_BYTES);
            default -> pairs[entry] = new int[] {in.readUnsignedShort(), in.readUnsignedShort()};
        }
    }

    /** The dotted names of the classes that it refers to. */
    Set<String> classes() {
        Set<String> classes = new TreeSet<>();
        for (int entry = 1; entry < tags.length; entry++) {
            if (tags[entry] == CLASS && !texts[pairs[entry][0]].startsWith("[")) {
                classes.add(dotted(texts[pairs[entry][0]]));
            } else if (tags[entry] == UTF8) {
                addDescribed(texts[entry], classes);
            }
        }
        return classes;
    }

    private static void addDescribed(String text, Set<String> classes) {
        Matcher matcher = IN_DESCRIPTOR.matcher(text);
        while (matcher.find()) {
            classes.add(dotted(matcher.group(1)));
        }
    }

    /** The methods that it calls, as {@code java.lang.Math.random}. */
    Set<String> methods() {
        Set<String> methods = new TreeSet<>();
        for (int entry = 1; entry < tags.length; entry++) {
            if (tags[entry] == METHOD) {
                String owner = texts[pairs[pairs[entry][0]][0]];
                methods.add(dotted(owner) + "." + texts[pairs[pairs[entry][1]][0]]);
            }
        }
        return methods;
    }

    private static String dotted(String name) {
        return name.replace('/', '.');
    }
}
