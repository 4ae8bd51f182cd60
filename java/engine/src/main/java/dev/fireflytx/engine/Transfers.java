package dev.fireflytx.engine;

import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Takes sagas out of an engine's store, as a file that any store can read, and such files in. Beside the engine's own work. */
public final class Transfers {
    private final Store store;
    private final BackgroundReader transferring = new BackgroundReader("fireflytx-transfer");
    private final Answers answers;
    private final Runnable imported;

    /** What an import does with sagas that have not ended. */
    public enum Unfinished {
        /** One of them keeps it from importing anything. */
        REFUSE,
        /** They are not imported. */
        LEAVE_OUT,
        /** They are, and go on with an engine that has their class. Then no other engine may run them where they came from. */
        TAKE
    }

    /** {@code imported} is run when there may be sagas that nobody runs yet. */
    Transfers(Store store, Answers answers, Runnable imported) {
        this.store = store;
        this.answers = answers;
        this.imported = imported;
    }

    /**
     * Writes sagas to a file, while they run on. Each is written as it stands at one moment.
     *
     * @param file where to; it must not be there, and is readable by its owner alone, since inputs and results are in it
     * @param correlationIds which ones; none means all that the store keeps, tombstones too
     * @return what was written, and what could not be read; fails with {@link RefusedException} if an id is unknown, or the file can't be written
     */
    public CompletableFuture<TransferReport> exportTo(Path file, Set<String> correlationIds) {
        return done(() -> SagaExport.run(store, file, correlationIds));
    }

    /**
     * Adds the sagas of a file, each exactly as it stood. Those that are there already, whether they stand as in the file or have gone on since, are
     * left as they are. If anything is wrong with the file, or one of its ids belongs to another saga here, nothing is added.
     *
     * @param file what {@link #exportTo} wrote
     * @param unfinished what to do with those that have not ended
     * @return what was added, or why nothing was; fails with {@link RefusedException} if the file can't be read, or the store only observes
     */
    public CompletableFuture<TransferReport> importFrom(Path file, Unfinished unfinished) {
        if (store.isReadOnly()) {
            return CompletableFuture.failedFuture(RefusedException.observer(store));
        }
        return done(() -> {
            TransferReport report = SagaImport.run(store, file, unfinished);
            imported.run();
            return report;
        });
    }

    private CompletableFuture<TransferReport> done(Supplier<TransferReport> work) {
        Answers.Answer<TransferReport> answer = answers.open();
        transferring.execute(() -> {
            try {
                answer.done(work.get());
            } catch (RuntimeException e) {
                answer.fail(e);
            }
        });
        return answer.future();
    }

    /** Drops what waits, and waits for what is being read or written. */
    void close() {
        transferring.close();
    }
}
