package dev.fireflytx.engine;

import dev.fireflytx.engine.StoreReport.Problem;
import java.util.List;

/**
 * What became of an export or an import.
 *
 * @param sagas how many sagas were written
 * @param tombstones of how many that ended long ago only that was written
 * @param known how many an import found to be there already, with the same beginning
 * @param leftOut how many an import left out since they have not ended
 * @param problems what kept sagas, or a whole import, from being written; the first {@value StoreReport#MOST_PROBLEMS} at most
 * @param problemCount how many of those there are
 */
public record TransferReport(long sagas, long tombstones, long known, long leftOut, List<Problem> problems, long problemCount) {}
