package dev.fireflytx.engine;

import dev.fireflytx.core.machine.Interventions;
import dev.fireflytx.core.machine.Resolution;
import dev.fireflytx.core.machine.Signal;
import java.util.stream.IntStream;

/** Takes a person's decision to a saga, or says why it can't be taken. */
final class Resolutions {
    private Resolutions() {}

    static void apply(Turn turn, Runs runs, SagaRun run, ResolveRequest request) {
        for (int step : checkedSteps(run, request)) {
            runs.resolve(turn, run, new Signal.Resolve(
                    step, request.resolution(), request.result(), request.by(), request.reason()));
        }
    }

    /**
     * The steps that a decision is about.
     *
     * @throws RefusedException if it can't be taken
     */
    static int[] checkedSteps(SagaRun run, ResolveRequest request) {
        int[] steps = stepsOf(run, request);
        if (steps.length == 0) {
            throw new RefusedException(RefusedException.Code.NOT_WAITING,
                    "Saga '" + run.saga() + "' " + run.correlationId() + " has no compensation that failed.");
        }
        for (int step : steps) {
            Interventions.refusal(run.state(), step, request.resolution()).ifPresent(problem -> {
                throw new RefusedException(RefusedException.Code.NOT_WAITING, "Saga '" + run.saga() + "' " + run.correlationId()
                        + ": step '" + run.plan().step(step).id() + "' can't be resolved so: " + problem + ".");
            });
        }
        return steps;
    }

    private static int[] stepsOf(SagaRun run, ResolveRequest request) {
        if (request.step().isEmpty() && request.resolution() == Resolution.RETRY_COMPENSATION) {
            return IntStream.range(0, run.state().size())
                    .filter(step -> Interventions.refusal(run.state(), step, request.resolution()).isEmpty())
                    .toArray();
        }
        int step = run.plan().indexOf(request.step());
        if (step < 0) {
            throw new RefusedException(RefusedException.Code.UNKNOWN_STEP,
                    "Saga '" + run.saga() + "' has no step '" + request.step() + "'.");
        }
        return new int[] {step};
    }
}
