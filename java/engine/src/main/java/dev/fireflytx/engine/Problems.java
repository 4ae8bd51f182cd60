package dev.fireflytx.engine;

import dev.fireflytx.engine.StoreReport.Problem;
import java.util.ArrayList;
import java.util.List;

/** Problems as they are found: all are counted, and the first ones told. */
final class Problems {
    private final List<Problem> told = new ArrayList<>();
    private long count;

    void add(String correlationId, String saga, String message) {
        count++;
        if (told.size() < StoreReport.MOST_PROBLEMS) {
            told.add(new Problem(correlationId, saga, message));
        }
    }

    boolean isEmpty() {
        return count == 0;
    }

    TransferReport report(long sagas, long tombstones, long known, long leftOut) {
        return new TransferReport(sagas, tombstones, known, leftOut, List.copyOf(told), count);
    }
}
