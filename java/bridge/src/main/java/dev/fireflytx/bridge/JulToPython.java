package dev.fireflytx.bridge;

import java.lang.System.Logger.Level;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Sends the log lines of everything else in the JVM (py4j, the JDK) to Python's logging, at their level. */
final class JulToPython extends Handler {
    private final PythonListener listener;

    private JulToPython(PythonListener listener) {
        this.listener = listener;
    }

    /** Puts it in the place of every other handler. py4j tells of each connection at INFO, which is noise here. */
    static void install(PythonListener listener) {
        LogManager.getLogManager().reset();
        Logger root = Logger.getLogger("");
        root.setLevel(java.util.logging.Level.INFO);
        root.addHandler(new JulToPython(listener));
        PY4J.setLevel(java.util.logging.Level.WARNING);
    }

    /** Held here, since the log manager holds loggers weakly and would forget the level. */
    private static final Logger PY4J = Logger.getLogger("py4j");

    @Override
    public void publish(LogRecord entry) {
        String trace = entry.getThrown() == null ? "" : ": " + entry.getThrown();
        listener.log(String.valueOf(entry.getLoggerName()), levelOf(entry),
                new SimpleFormatter().formatMessage(entry) + trace);
    }

    private static Level levelOf(LogRecord entry) {
        int value = entry.getLevel().intValue();
        if (value >= java.util.logging.Level.SEVERE.intValue()) {
            return Level.ERROR;
        }
        if (value >= java.util.logging.Level.WARNING.intValue()) {
            return Level.WARNING;
        }
        return value >= java.util.logging.Level.INFO.intValue() ? Level.INFO : Level.DEBUG;
    }

    @Override
    public void flush() {
        // the outbox sends by itself
    }

    @Override
    public void close() {
        // nothing to let go of
    }
}
