package dev.fireflytx.engine.journal;

import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.engine.FencedException;
import dev.fireflytx.engine.StartedElsewhereException;
import dev.fireflytx.engine.Store;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Writes batches: one transaction, one sync each. Every transaction checks first that this engine is still an owner of the journal. */
final class JournalWriter {
    private static final long FRAMES_OF_A_COMMIT = 3;
    private static final long ROWS_OF_A_FRAME = 4; // with what a row changes in indexes and in its saga's own row

    private final Connection connection;
    private final Path file;
    private final JournalClock clock;
    private final CommitCount commits;
    private final PreparedStatement begin;
    private final PreparedStatement commit;
    private final PreparedStatement addFacts;
    private final SagaRows sagas;
    private final OutboxRows outbox;
    private final long owner;
    private long batches;
    private long turns;
    private long rows;
    private long chars;

    JournalWriter(Connection connection, Path file, JournalClock clock, Owners.Owner owner) throws SQLException {
        this.connection = connection;
        this.file = file;
        this.clock = clock;
        commits = new CommitCount(connection, file, clock, owner);
        this.owner = owner.number();
        outbox = new OutboxRows(connection, owner.number());
        sagas = new SagaRows(connection, clock, owner.number());
        begin = connection.prepareStatement(WriteLock.BEGIN);
        commit = connection.prepareStatement("COMMIT");
        addFacts = connection.prepareStatement(FactsRow.INSERT);
        batches = -1;
    }

    private interface Work<T> {
        T run() throws SQLException;
    }

    /**
     * Makes a batch durable.
     *
     * @throws SQLException if it may not be durable; the connection must not be written to again
     * @throws FencedException if this engine is no owner any more
     * @throws StartedElsewhereException if sagas of these ids are there that this batch begins, or another engine runs them
     */
    long append(List<Store.Entry> batch) throws SQLException {
        rows = batch.size();
        chars = 0;
        return inTransaction(() -> {
            Set<String> elsewhere = new HashSet<>();
            for (Store.Entry entry : batch) {
                add(entry, elsewhere);
            }
            if (!elsewhere.isEmpty()) {
                throw new StartedElsewhereException(elsewhere);
            }
            rows += outbox.deletePublished();
            return batches;
        });
    }

    /** Adds sagas that another store has kept, which belong to nobody; gives the batch's number. */
    long adopt(List<Store.StoredSaga> wanted, List<Store.Header> buried) throws SQLException {
        rows = buried.size();
        chars = 0;
        return inTransaction(() -> {
            Set<String> taken = new HashSet<>();
            for (Store.StoredSaga saga : wanted) {
                adopt(saga, taken);
            }
            for (Store.Header saga : buried) {
                sagas.bury(saga);
            }
            if (!taken.isEmpty()) {
                throw new StartedElsewhereException(taken);
            }
            return batches;
        });
    }

    private void adopt(Store.StoredSaga saga, Set<String> taken) throws SQLException {
        long number = sagas.adopt(saga);
        if (number == 0) {
            taken.add(saga.header().correlationId());
            return;
        }
        long ordinal = 0;
        for (Store.TimedFacts turn : saga.turns()) {
            addFacts(new SagaRows.Place(number, ++ordinal), turn.atMs(), turn.facts());
        }
        rows += ordinal;
    }

    /** About how many pages the last batch has put into the log. */
    long lastFrames() {
        return FRAMES_OF_A_COMMIT + rows / ROWS_OF_A_FRAME + chars / JournalDatabase.PAGE_BYTES;
    }

    /** Makes sagas this engine's whose rows are as they were read, and gives the numbers of those that are its own now. */
    Set<Long> claim(List<Store.Header> wanted) throws SQLException {
        return inTransaction(() -> {
            Set<Long> claimed = new HashSet<>();
            for (Store.Header saga : wanted) {
                if (sagas.claim(saga)) {
                    outbox.claim(saga.number());
                    claimed.add(saga.number());
                }
            }
            return claimed;
        });
    }

    /** Makes this engine a publisher, and takes over from those that are gone; gives the streams that it publishes. */
    List<Long> takeOverEvents() throws SQLException {
        return inTransaction(outbox::takeOver);
    }

    /** Events of a stream may go with the next batch. */
    void eventsPublished(long stream, long upTo) {
        outbox.published(stream, upTo);
    }

    /** Lets them go now; whether there were any. */
    boolean forgetPublished() throws SQLException {
        boolean hasPublished = outbox.hasPublished();
        if (hasPublished) {
            chars = 0;
            rows = inTransaction(outbox::deletePublished);
        }
        return hasPublished;
    }

    /** At this engine's end, in a transaction that has begun. */
    void leaveEvents() throws SQLException {
        outbox.deletePublished();
        OutboxRows.leave(connection, owner);
    }

    /** Asks the owner of a saga for something; gives the request's number. */
    long ask(String correlationId, String body) throws SQLException {
        return inTransaction(() -> RequestRows.add(connection, correlationId, body, clock.agedMs()));
    }

    /** Answers a request. */
    void answer(long number, String answer) throws SQLException {
        inTransaction(() -> {
            RequestRows.answer(connection, number, answer);
            return number;
        });
    }

    /** Takes a request back, and gives the answer if there is one. */
    Optional<String> withdraw(long number) throws SQLException {
        return inTransaction(() -> RequestRows.remove(connection, number));
    }

    private <T> T inTransaction(Work<T> work) throws SQLException {
        WriteLock.begin(begin, file);
        try {
            follow(commits.next());
            T done = work.run();
            commit.execute();
            outbox.committed();
            return done;
        } catch (SQLException | RuntimeException e) {
            forget();
            Sql.rollBack(connection, e);
            throw e;
        }
    }

    /** If somebody else has written meanwhile, numbers go on from there. */
    private void follow(long commit) throws SQLException {
        if (commit != batches + 1) {
            turns = Sql.number(connection, "SELECT coalesce(max(turn), 0) FROM facts");
            sagas.follow();
            outbox.follow();
        }
        batches = commit;
    }

    private void add(Store.Entry entry, Set<String> elsewhere) throws SQLException {
        SagaRows.Place place = sagas.note(entry);
        if (place == null) {
            elsewhere.add(entry.correlationId());
        } else {
            addFacts(place, entry.atMs(), entry.facts());
            outbox.add(place.saga(), entry.events());
            rows += entry.events().size();
            for (String event : entry.events()) {
                chars += event.length();
            }
        }
    }

    private void addFacts(SagaRows.Place place, long atMs, List<Fact> facts) throws SQLException {
        String body = FactCodec.write(facts);
        chars += body.length();
        new FactsRow(++turns, place.saga(), place.ordinal(), batches, atMs, body).insert(addFacts);
    }

    /** What was remembered of a batch that is not there. */
    private void forget() {
        batches = -1;
        sagas.forget();
        outbox.follow();
    }
}
