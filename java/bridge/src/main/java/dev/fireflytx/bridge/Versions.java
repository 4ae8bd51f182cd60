package dev.fireflytx.bridge;

/** Which release this is. */
final class Versions {
    private Versions() {}

    /** The version from the jar's manifest; {@code unpacked} outside of a jar. */
    static String engine() {
        String version = Versions.class.getPackage().getImplementationVersion();
        return version == null ? "unpacked" : version;
    }
}
