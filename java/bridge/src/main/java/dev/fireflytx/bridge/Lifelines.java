package dev.fireflytx.bridge;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.BooleanSupplier;

/**
 * Ends this process when Python ends, whatever becomes of the pipe between them: a forked child of Python's may hold it open.
 *
 * <p>The parent is watched by its number. {@code ProcessHandle.onExit} is no use here: for a process that is not our child it looks
 * every 5 s at worst. A zombie counts as ended, since the kernel gives its children a new parent at once.
 */
final class Lifelines {
    private static final long LOOK_EVERY_MS = 250;

    private final Runnable end;

    Lifelines(Runnable end) {
        this.end = end;
    }

    /** Watches standard input: its end is the order to end. */
    void watchInput(InputStream input) {
        start("fireflytx-stdin", () -> {
            try {
                while (input.read() >= 0) {
                    // nothing more is said here
                }
            } catch (IOException e) {
                // as good as its end
            }
            end.run();
        });
    }

    /** Watches the parent process; behind a launcher script that did not give way to Java it is no parent, but alive. */
    void watchParent(long parentPid) {
        BooleanSupplier lives = isParent(parentPid) ? () -> isParent(parentPid) : aliveness(parentPid);
        start("fireflytx-parent", () -> {
            while (lives.getAsBoolean()) {
                try {
                    Thread.sleep(LOOK_EVERY_MS);
                } catch (InterruptedException e) {
                    return;
                }
            }
            end.run();
        });
    }

    private static boolean isParent(long pid) {
        return ProcessHandle.current().parent().filter(parent -> parent.pid() == pid).isPresent();
    }

    private static BooleanSupplier aliveness(long pid) {
        return ProcessHandle.of(pid).<BooleanSupplier>map(process -> process::isAlive).orElse(() -> false);
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }
}
