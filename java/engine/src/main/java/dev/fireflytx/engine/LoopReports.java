package dev.fireflytx.engine;

/** Brings what an executor reports to the loop's thread. */
final class LoopReports implements Reports {
    private final EngineLoop loop;
    private final SagaDirectory sagas;
    private final Runs runs;

    LoopReports(EngineLoop loop, SagaDirectory sagas, Runs runs) {
        this.loop = loop;
        this.sagas = sagas;
        this.runs = runs;
    }

    @Override
    public void report(AttemptId attempt, Outcome outcome) {
        loop.submit(turn -> {
            sagas.takeOverIfLeft(turn, attempt.correlationId());
            runs.report(turn, attempt, outcome);
        });
    }

    @Override
    public void capacityChanged() {
        loop.submit(turn -> {});
    }
}
