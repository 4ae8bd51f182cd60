package dev.fireflytx.engine;

/** Where an executor says what happened. Safe from any thread; returns at once. */
public interface Reports {

    /**
     * An attempt has ended. A repeated report changes nothing.
     *
     * @param attempt which one
     * @param outcome how
     */
    void report(AttemptId attempt, Outcome outcome);

    /** More attempts may be out than before. */
    void capacityChanged();
}
