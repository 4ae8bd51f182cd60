package dev.fireflytx.engine;

import dev.fireflytx.core.definition.SagaPlan;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The values and times of one run, rebuilt from its facts as the machine's state is.
 *
 * <p>The machine knows no values; this knows no rules.
 */
final class RunValues {
    private final SagaPlan plan;
    private final String[] results;
    private final String[] returned;
    private final String[] errors;
    private final AttemptRef[] timedOuts;
    private final long[] startedMs;
    private final long[] settledMs;
    private final long[] undoingMs;
    private final Map<Integer, Boolean> undone = new LinkedHashMap<>();
    private Map<String, String> context = Map.of();
    private String input = JsonObject.EMPTY;
    private long inputSizeBytes = -1;
    private String trace = Fact.SagaStarted.NO_TRACE;
    private long sinceMs;
    private long endedMs;
    private boolean hasEnded;

    RunValues(SagaPlan plan) {
        this.plan = plan;
        this.results = new String[plan.size()];
        this.returned = new String[plan.size()];
        this.errors = new String[plan.size()];
        this.timedOuts = new AttemptRef[plan.size()];
        this.startedMs = new long[plan.size()];
        this.settledMs = new long[plan.size()];
        this.undoingMs = new long[plan.size()];
    }

    void apply(Fact fact, long atMs) {
        if (fact instanceof Fact.SagaStarted started) {
            input = started.input();
            inputSizeBytes = -1;
            trace = started.trace();
            sinceMs = started.atMs();
        } else if (fact instanceof Fact.AttemptStarted started) {
            noteStart(started, atMs);
        } else if (fact instanceof Fact.AttemptSucceeded succeeded) {
            write(succeeded.writes());
            noteReturn(succeeded);
        } else if (fact instanceof Fact.AttemptFailed failed) {
            write(failed.writes());
            noteError(failed);
        } else if (fact instanceof Fact.AttemptEnded ended) {
            write(ended.writes());
        } else if (fact instanceof Fact.AttemptTimedOut timedOut) {
            errors[timedOut.step()] = timeoutError(timedOut).toJson();
            timedOuts[timedOut.step()] = timedOut.attempt();
        } else if (fact instanceof Fact.SagaEnded || fact instanceof Fact.SagaParked) {
            endedMs = atMs;
            hasEnded = fact instanceof Fact.SagaEnded;
        } else if (fact instanceof Fact.SagaResumed) {
            sinceMs = atMs;
        } else if (fact instanceof Fact.PersonDecided decided) {
            applyDecision(decided, atMs);
        } else if (fact instanceof Fact.OfStep ofStep) {
            applySettling(ofStep, atMs);
        }
    }

    private void applyDecision(Fact.PersonDecided decided, long atMs) {
        int step = decided.step();
        if (hasEnded) { // and is reopened
            hasEnded = false;
            sinceMs = atMs;
        }
        switch (decided.resolution()) {
            case COMPLETE_STEP -> {
                results[step] = decided.result();
                errors[step] = null;
                settledMs[step] = atMs;
            }
            case FAIL_STEP -> {
                errors[step] = SagaError.of("DeclaredFailedError",
                        "Declared failed by " + decided.by() + ": " + decided.reason()).toJson();
                settledMs[step] = atMs;
            }
            case RETRY_STEP, RETRY_COMPENSATION, SKIP_COMPENSATION -> undone.remove(step);
            case MARK_COMPENSATED -> {
                undone.remove(step);
                undone.put(step, true);
            }
        }
    }

    private void applySettling(Fact.OfStep fact, long atMs) {
        int step = fact.step();
        if (fact instanceof Fact.StepCompleted || fact instanceof Fact.LateSuccess) {
            results[step] = returned[step];
        }
        if (fact instanceof Fact.StepCompleted) {
            errors[step] = null;
        }
        if (fact instanceof Fact.StepCompensated || fact instanceof Fact.CompensationFailed) {
            undone.remove(step);
            undone.put(step, fact instanceof Fact.StepCompensated);
        } else if (isSettling(fact)) {
            settledMs[step] = atMs;
        }
    }

    private static boolean isSettling(Fact.OfStep fact) {
        return fact instanceof Fact.StepCompleted || fact instanceof Fact.StepFailed
                || fact instanceof Fact.StepSkipped || fact instanceof Fact.StepParked;
    }

    private void noteStart(Fact.AttemptStarted started, long atMs) {
        long[] first = started.attempt().direction() == Direction.BACKWARD ? undoingMs : startedMs;
        if (first[started.step()] == 0) {
            first[started.step()] = atMs;
        }
    }

    /** What an attempt raises after its time was up is how it stopped, and not why it failed. */
    private void noteError(Fact.AttemptFailed failed) {
        if (!failed.attempt().equals(timedOuts[failed.step()])) {
            errors[failed.step()] = failed.error();
        }
    }

    private void noteReturn(Fact.AttemptSucceeded succeeded) {
        if (succeeded.attempt().direction() == Direction.FORWARD) {
            returned[succeeded.step()] = succeeded.result();
        }
    }

    private void write(String writes) {
        if (!writes.equals(JsonObject.EMPTY)) {
            context = context.isEmpty() ? new LinkedHashMap<>() : context;
            context.putAll(JsonObject.split(writes).members());
        }
    }

    private SagaError timeoutError(Fact.AttemptTimedOut fact) {
        String what = switch (fact.attempt().direction()) {
            case FORWARD -> "Step execution";
            case BACKWARD -> "Compensation";
            case CONDITION -> "Condition";
        };
        return SagaError.of("StepTimeoutError", what + " timeout after " + fact.timeoutMs() + "ms");
    }

    /** About how much memory they take. */
    long sizeChars() {
        long texts = Stream.of(results, errors).flatMap(Arrays::stream).filter(Objects::nonNull).mapToLong(String::length).sum();
        return input.length() + texts + context.values().stream().mapToLong(String::length).sum();
    }

    String input() {
        return input;
    }

    /** Found out once: a large one takes as long to look through as everything else that a step needs. */
    long inputSizeBytes() {
        if (inputSizeBytes < 0) {
            inputSizeBytes = ValueLimit.sizeOf(input);
        }
        return inputSizeBytes;
    }

    String context() {
        return JsonObject.join(context);
    }

    Optional<String> result(int step) {
        return Optional.ofNullable(results[step]);
    }

    Optional<SagaError> error(int step) {
        return Optional.ofNullable(errors[step]).map(SagaError::fromJson);
    }

    /** The results that a step can see, nearest first. */
    List<Task.StepValue> visibleFrom(int step) {
        List<Task.StepValue> visible = new ArrayList<>();
        for (int seen : plan.visibleFrom(step)) {
            if (results[seen] != null) {
                visible.add(new Task.StepValue(plan.step(seen).id(), results[seen]));
            }
        }
        return List.copyOf(visible);
    }

    /** Milliseconds from the start of a step's first attempt until it settled, or until now. */
    long durationMs(int step, long nowMs) {
        if (startedMs[step] == 0) {
            return 0;
        }
        return (settledMs[step] == 0 ? nowMs : settledMs[step]) - startedMs[step];
    }

    /** Milliseconds from the start of the first attempt to undo a step until now. */
    long undoingMs(int step, long nowMs) {
        return undoingMs[step] == 0 ? 0 : nowMs - undoingMs[step];
    }

    /** {@return the headers of the trace that the saga belongs to} */
    String trace() {
        return trace;
    }

    /** {@return when the saga began; if it has stopped since and went on, when it last did} */
    long sinceMs() {
        return sinceMs;
    }

    long endedMs() {
        return endedMs;
    }

    boolean isUndone(int step) {
        return undone.getOrDefault(step, false);
    }

    /** Ids of the steps that were undone, or that could not be, in that order. */
    List<String> undone(boolean succeeded) {
        return undone.isEmpty() ? List.of() : undone.entrySet().stream()
                .filter(entry -> entry.getValue() == succeeded)
                .map(entry -> plan.step(entry.getKey()).id())
                .toList();
    }
}
