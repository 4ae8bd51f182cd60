package dev.fireflytx.engine.journal;

import dev.fireflytx.engine.SagaCount;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreException;
import dev.fireflytx.engine.StoreReport;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** What can be read of a journal, whether or not its sagas run here. */
abstract class ReadableJournal implements Store {
    /** Where it is. */
    final Path file;

    private final JournalReader reader;
    private final JournalReader scanner;

    /** The second connection is for what takes longer, and never holds up the engine's loop, which reads with the first one. */
    ReadableJournal(Path file, Connection reading, Connection scanning, long owner) throws SQLException {
        this.file = file;
        this.reader = new JournalReader(reading, file.toString(), owner);
        this.scanner = new JournalReader(scanning, file.toString(), owner);
    }

    @Override
    public Optional<Header> find(String correlationId) {
        return reading(() -> reader.find(correlationId));
    }

    @Override
    public Optional<StoredSaga> load(String correlationId) {
        return reading(() -> reader.load(correlationId));
    }

    @Override
    public Page left(Set<String> sagas, long after, long upTo, int limit) {
        return scanning(() -> scanner.left(sagas, after, upTo, limit));
    }

    @Override
    public List<Header> list(Query query) {
        return scanning(() -> scanner.list(query));
    }

    @Override
    public long turns(String correlationId) {
        return reading(() -> reader.turns(correlationId));
    }

    /** A part at a time, so that nobody else who reads waits for long. */
    @Override
    public List<SagaCount> count(long nowMs) {
        List<SagaCount> counts = List.of();
        for (long after = 0; after >= 0;) {
            long from = after;
            SagaCounts part = scanning(() -> scanner.count(from, nowMs));
            counts = SagaCount.sum(Stream.concat(counts.stream(), part.counts().stream()).toList());
            after = part.last();
        }
        return counts;
    }

    @Override
    public long leftCount(long upTo) {
        return scanning(() -> scanner.leftCount(upTo));
    }

    @Override
    public StoreReport verify(Function<StoredSaga, Optional<String>> check) {
        try (Connection connection = JournalDatabase.readOnly(file)) {
            return JournalCheck.run(connection, file.toString(), check);
        } catch (SQLException e) {
            throw failure(file, "checked", e);
        }
    }

    @Override
    public void visit(Set<String> correlationIds, Visitor visitor) {
        try (Connection connection = JournalDatabase.readOnly(file)) {
            if (correlationIds.isEmpty()) {
                JournalVisit.all(connection, file.toString(), visitor);
            } else {
                JournalVisit.some(connection, file.toString(), correlationIds, visitor);
            }
        } catch (SQLException e) {
            throw failure(file, "read", e);
        }
    }

    @Override
    public long newest() {
        return scanning(scanner::newest);
    }

    @Override
    public String description() {
        return "sqlite:" + file;
    }

    /** A question to the database. */
    interface Work<T> {
        T run() throws SQLException;
    }

    final <T> T reading(Work<T> read) {
        return guarded(reader, read);
    }

    final <T> T scanning(Work<T> read) {
        return guarded(scanner, read);
    }

    private <T> T guarded(JournalReader by, Work<T> read) {
        synchronized (by) {
            try {
                return read.run();
            } catch (SQLException e) {
                throw failure(file, "read", e);
            }
        }
    }

    static StoreException failure(Path file, String what, Exception e) {
        return new StoreException("The journal '" + file + "' can't be " + what + ": " + Reason.of(e) + ".", e);
    }
}
