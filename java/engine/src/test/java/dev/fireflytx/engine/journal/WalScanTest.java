package dev.fireflytx.engine.journal;

import static dev.fireflytx.engine.StoredSagas.begun;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log that a crash has torn is taken, a log that has changed is refused, and nothing durable is dropped without a word. */
class WalScanTest {
    private static final int HEADER_BYTES = 32;
    private static final int FRAME_BYTES = 24 + 4_096;
    private static final int COMMITS = 30;
    private static final int FLIPS = 150;

    @TempDir
    private Path folder;

    private Path journal;

    /** A journal that a crash has left with all its commits in the log. */
    @BeforeEach
    void crash() {
        Path original = folder.resolve("journal.db");
        try (Store store = SqliteStore.open(original)) {
            for (int i = 0; i < COMMITS; i++) {
                store.append(List.of(begun("i-" + i, SagaStatus.RUNNING)));
            }
            journal = TestJournal.copyAsAfterCrash(original, folder);
        }
    }

    @Test
    void a_log_as_it_was_written_is_sound() {
        assertDoesNotThrow(() -> WalScan.check(journal));
    }

    @Test
    void a_journal_without_a_log_is_sound() throws IOException {
        Files.delete(log());
        assertDoesNotThrow(() -> WalScan.check(journal));
    }

    @Test
    void a_log_that_ends_within_a_frame_is_a_torn_tail() throws IOException {
        for (int cut : new int[] {1, 100, FRAME_BYTES, FRAME_BYTES + 1}) {
            truncate(cut);
            assertDoesNotThrow(() -> WalScan.check(journal));
        }
    }

    @Test
    void a_last_transaction_that_was_written_in_part_is_a_torn_tail() throws IOException {
        TestJournal.flip(log(), Files.size(log()) - 1, 3);

        assertDoesNotThrow(() -> WalScan.check(journal));
        assertEquals(COMMITS - 1, sagasAfterOpening());
    }

    @Test
    void frames_of_an_earlier_round_are_no_damage() throws IOException {
        byte[] round = Files.readAllBytes(log());
        ByteBuffer frames = ByteBuffer.wrap(round);
        for (int at = HEADER_BYTES; at < round.length; at += FRAME_BYTES) {
            frames.putInt(at + 8, frames.getInt(at + 8) - 1);
        }
        Files.write(log(), round);

        assertDoesNotThrow(() -> WalScan.check(journal));
    }

    @Test
    void a_header_that_is_cut_off_is_a_log_that_was_just_made() throws IOException {
        truncate(Files.size(log()) - HEADER_BYTES + 1);
        assertDoesNotThrow(() -> WalScan.check(journal));
    }

    @Test
    void a_changed_header_is_found() throws IOException {
        for (int at = 0; at < HEADER_BYTES; at++) {
            TestJournal.flip(log(), at, at % Byte.SIZE);
            assertThrows(StoreException.class, () -> WalScan.check(journal));
            TestJournal.flip(log(), at, at % Byte.SIZE);
        }
    }

    @Test
    void a_changed_frame_is_refused_and_the_log_is_named() {
        TestJournal.flip(log(), HEADER_BYTES + 5 * FRAME_BYTES + 1_000, 0);

        StoreException refused = assertThrows(StoreException.class, () -> SqliteStore.open(journal));

        assertTrue(refused.getMessage().startsWith("The journal's log '" + log() + "' is damaged: "), refused.getMessage());
    }

    @Test
    void no_changed_bit_drops_a_commit_without_a_word() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] sound = Files.readAllBytes(log());
        byte[] file = Files.readAllBytes(journal);
        for (int i = 0; i < FLIPS; i++) {
            int at = random.nextInt(sound.length);
            int bit = random.nextInt(Byte.SIZE);
            Files.write(journal, file);
            Files.write(log(), sound);
            TestJournal.flip(log(), at, bit);
            long sagas = sagasAfterOpening();
            assertTrue(sagas == REFUSED || sagas >= COMMITS - 1,
                    "seed " + seed + ": bit " + bit + " of byte " + at + " left " + sagas + " of " + COMMITS + " sagas");
        }
    }

    private static final long REFUSED = -1;

    private long sagasAfterOpening() {
        try (Store store = SqliteStore.open(journal)) {
            return store.left(Set.of("one"), 0, Long.MAX_VALUE, COMMITS + 1).sagas().size();
        } catch (StoreException e) {
            return REFUSED;
        }
    }

    private void truncate(long bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(log().toFile(), "rw")) {
            file.setLength(file.length() - bytes);
        }
    }

    private Path log() {
        return TestJournal.log(journal);
    }
}
