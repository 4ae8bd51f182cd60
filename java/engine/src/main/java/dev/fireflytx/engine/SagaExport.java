package dev.fireflytx.engine;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Writes sagas to a file. */
final class SagaExport implements Store.Visitor {
    private final BufferedWriter out;
    private final Problems problems = new Problems();
    private long sagas;
    private long buried;

    private SagaExport(BufferedWriter out) {
        this.out = out;
    }

    /** A file that could not be written whole is taken away. */
    static TransferReport run(Store store, Path file, Set<String> correlationIds) {
        boolean done = false;
        boolean made = false;
        try (FileChannel channel = FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), onlyMine())) {
            made = true;
            BufferedWriter out = new BufferedWriter(new OutputStreamWriter(Channels.newOutputStream(channel), StandardCharsets.UTF_8));
            SagaExport export = new SagaExport(out);
            export.all(store, correlationIds);
            out.flush();
            channel.force(true);
            done = true;
            return export.problems.report(export.sagas, export.buried, 0, 0);
        } catch (IOException | UncheckedIOException e) {
            throw new RefusedException(RefusedException.Code.TRANSFER, "The export '" + file + "' can't be written: " + e.getMessage() + ".");
        } finally {
            if (made && !done) {
                remove(file);
            }
        }
    }

    private static FileAttribute<?>[] onlyMine() {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        return posix ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))}
                : new FileAttribute<?>[0];
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // why it is not whole is what is told
        }
    }

    private void all(Store store, Set<String> correlationIds) {
        line(SagaLines.head(System.currentTimeMillis()));
        store.visit(correlationIds, this);
        line(SagaLines.end(sagas, buried));
    }

    @Override
    public void saga(Store.StoredSaga saga) {
        sagas++;
        line(SagaLines.saga(saga));
    }

    @Override
    public void buried(Store.Header saga) {
        buried++;
        line(SagaLines.buried(saga));
    }

    @Override
    public void unreadable(Store.Unreadable saga) {
        problems.add(saga.correlationId(), saga.saga(), saga.why().getMessage());
    }

    private void line(String text) {
        try {
            out.write(text);
            out.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
