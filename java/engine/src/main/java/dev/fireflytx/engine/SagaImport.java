package dev.fireflytx.engine;

import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.engine.Store.Header;
import dev.fireflytx.engine.Store.StoredSaga;
import dev.fireflytx.engine.Transfers.Unfinished;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Adds the sagas of a file to a store: reads it once to find out whether anything is wrong, and once more to write. */
final class SagaImport {
    /** Few enough for a transaction of some milliseconds, since everybody else's commits wait for it. */
    private static final int SAGAS_AT_ONCE = 100;
    private static final long CHARS_AT_ONCE = 1 << 20;

    private final Store store;
    private final Unfinished unfinished;
    private final Problems problems = new Problems();
    private final List<StoredSaga> sagas = new ArrayList<>();
    private final List<Header> buried = new ArrayList<>();
    private long seenSagas;
    private long seenBuried;
    private boolean isForeign;
    private boolean isEnded;
    private long chars;
    private long writtenSagas;
    private long writtenBuried;
    private long known;
    private long leftOut;

    private SagaImport(Store store, Unfinished unfinished) {
        this.store = store;
        this.unfinished = unfinished;
    }

    static TransferReport run(Store store, Path file, Unfinished unfinished) {
        SagaImport run = new SagaImport(store, unfinished);
        run.forEachLine(file, run::check);
        if (!run.isEnded && run.problems.isEmpty()) {
            run.problem("the file is cut: it has no last line that says how much it holds");
        }
        if (run.problems.isEmpty()) {
            run.forEachLine(file, run::write);
            run.flush();
        }
        return run.problems.report(run.writtenSagas, run.writtenBuried, run.known, run.leftOut);
    }

    private void forEachLine(Path file, BiConsumer<Long, String> each) {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            long number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new RefusedException(RefusedException.Code.CLOSING, "The engine is closed.");
                }
                each.accept(++number, line);
            }
        } catch (MalformedInputException e) {
            throw new RefusedException(RefusedException.Code.TRANSFER, "'" + file + "' is no export: it is not text in UTF-8.");
        } catch (IOException e) {
            throw new RefusedException(RefusedException.Code.TRANSFER, "The export '" + file + "' can't be read: " + e.getMessage() + ".");
        }
    }

    private void check(long number, String text) {
        if (isForeign) {
            return;
        }
        try {
            if (number == 1) {
                begin(SagaLines.read(text));
            } else if (isEnded) {
                problem("line " + number + ": the file goes on behind its end");
            } else {
                check(SagaLines.read(text));
            }
        } catch (JsonException e) {
            isForeign = number == 1;
            problem(isForeign ? "this is no export of sagas, or its beginning is missing" : "line " + number + ": " + e.getMessage());
        }
    }

    private void begin(SagaLines.Line first) {
        if (!(first instanceof SagaLines.Head head)) {
            isForeign = true;
            problem("the file is cut: it does not begin with the line that says what it is");
        } else if (head.version() > SagaLines.VERSION) {
            isForeign = true;
            problem("the file has format " + head.version() + "; this release reads formats up to " + SagaLines.VERSION);
        }
    }

    private void check(SagaLines.Line line) {
        if (line instanceof SagaLines.Saga saga) {
            seenSagas++;
            check(saga.saga());
        } else if (line instanceof SagaLines.Buried one) {
            seenBuried++;
            if (found(one.saga()).filter(there -> !isSame(there, one.saga())).isPresent()) {
                conflict(one.saga());
            }
        } else if (line instanceof SagaLines.End end) {
            isEnded = true;
            if (end.sagas() != seenSagas || end.buried() != seenBuried) {
                problem("the file holds " + seenSagas + " sagas and " + seenBuried + " tombstones, and says at its end that it should be "
                        + end.sagas() + " and " + end.buried());
            }
        } else {
            problem("the file begins a second time");
        }
    }

    private void check(StoredSaga saga) {
        Header header = saga.header();
        SagaCheck.problem(saga).ifPresent(what -> problems.add(header.correlationId(), header.saga(), what));
        if (!header.status().isEnd() && unfinished == Unfinished.REFUSE) {
            problems.add(header.correlationId(), header.saga(), "it has not ended (" + header.status() + ")");
        } else if (isWanted(saga) && found(header).isPresent() && !isKnown(saga)) {
            conflict(header);
        }
    }

    private boolean isWanted(StoredSaga saga) {
        return saga.header().status().isEnd() || unfinished != Unfinished.LEAVE_OUT;
    }

    private Optional<Header> found(Header saga) {
        return store.find(saga.correlationId());
    }

    private static boolean isSame(Header one, Header other) {
        return one.saga().equals(other.saga()) && one.inputHash().equals(other.inputHash());
    }

    /** It is there, and stands as here or has gone on since; or it was even buried since. */
    private boolean isKnown(StoredSaga saga) {
        Optional<StoredSaga> there = store.load(saga.header().correlationId());
        if (there.isEmpty()) {
            return found(saga.header()).filter(header -> isSame(header, saga.header())).isPresent();
        }
        List<String> turns = there.get().turns().stream().map(SagaLines::turn).toList();
        List<String> begun = saga.turns().stream().map(SagaLines::turn).toList();
        return isSame(there.get().header(), saga.header()) && there.get().definition().equals(saga.definition())
                && begun.size() <= turns.size() && begun.equals(turns.subList(0, begun.size()));
    }

    private void write(long number, String text) {
        SagaLines.Line line = SagaLines.read(text);
        if (line instanceof SagaLines.Saga saga) {
            write(saga.saga(), text.length());
        } else if (line instanceof SagaLines.Buried one) {
            if (found(one.saga()).isPresent()) {
                known++;
            } else {
                buried.add(one.saga());
            }
        }
        if (sagas.size() + buried.size() >= SAGAS_AT_ONCE || chars > CHARS_AT_ONCE) {
            flush();
        }
    }

    private void write(StoredSaga saga, long size) {
        if (!isWanted(saga)) {
            leftOut++;
        } else if (found(saga.header()).isPresent()) {
            known++;
        } else {
            sagas.add(saga);
            chars += size;
        }
    }

    private void flush() {
        try {
            store.adopt(sagas, buried);
            writtenSagas += sagas.size();
            writtenBuried += buried.size();
        } catch (StartedElsewhereException e) {
            e.correlationIds().forEach(id -> problems.add(id, "", "it was started a moment ago; import the rest by importing the file again"));
        }
        sagas.clear();
        buried.clear();
        chars = 0;
    }

    private void conflict(Header saga) {
        problems.add(saga.correlationId(), saga.saga(), "the id is there already, of a saga with another history");
    }

    private void problem(String what) {
        problems.add("", "", what);
    }
}
