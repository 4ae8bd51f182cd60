package dev.fireflytx.core.simulation;

import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Commands;
import dev.fireflytx.core.machine.Commands.Command;
import dev.fireflytx.core.machine.SagaState;
import dev.fireflytx.core.machine.Signal;
import dev.fireflytx.core.machine.StepPhase;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What goes on outside of a machine because its commands asked for it, as an engine would hold it. */
final class Outside {
    private final Set<AttemptRef> queued = new LinkedHashSet<>();
    private final Set<AttemptRef> running = new LinkedHashSet<>();
    private final Set<AttemptRef> stopping = new LinkedHashSet<>();
    private final Set<AttemptRef> stuck = new LinkedHashSet<>();
    private final Set<AttemptRef> lost = new LinkedHashSet<>();
    private final Map<Integer, Long> wakes = new TreeMap<>();
    private long sagaDueMs;

    List<AttemptRef> queued() {
        return List.copyOf(queued);
    }

    List<AttemptRef> running() {
        return List.copyOf(running);
    }

    List<AttemptRef> stopping() {
        return List.copyOf(stopping);
    }

    List<AttemptRef> stuck() {
        return List.copyOf(stuck);
    }

    List<AttemptRef> lost() {
        return List.copyOf(lost);
    }

    /** All that may still report something by itself. */
    List<AttemptRef> alive() {
        List<AttemptRef> alive = new ArrayList<>(running);
        alive.addAll(stopping);
        alive.addAll(stuck);
        return alive;
    }

    Map<Integer, Long> wakes() {
        return wakes;
    }

    boolean isQuiet() {
        return queued.isEmpty() && running.isEmpty() && stopping.isEmpty() && wakes.isEmpty();
    }

    /** Notes what a signal says about the outside, before the machine hears of it. */
    void report(Signal signal) {
        if (signal instanceof Signal.Verdict verdict) {
            forget(verdict.attempt());
        } else if (signal instanceof Signal.Succeeded succeeded) {
            forget(succeeded.attempt());
        } else if (signal instanceof Signal.Failed failed) {
            forget(failed.attempt());
        } else if (signal instanceof Signal.Ended ended) {
            end(ended.attempt());
        } else if (signal instanceof Signal.Lost loss) {
            lose(loss.attempt());
        } else if (signal instanceof Signal.SettleTimeUp timeUp && stopping.remove(timeUp.attempt())) {
            stuck.add(timeUp.attempt());
        } else if (signal instanceof Signal.BackoffOver over) {
            wakes.remove(over.step());
        }
    }

    /** Does what the machine asked for. */
    void obey(List<Command> commands) {
        for (Command command : commands) {
            if (command instanceof Commands.Queue queue) {
                Violation.unless(queued.add(queue.attempt()), "asked to queue it twice", queue);
            } else if (command instanceof Commands.Unqueue unqueue) {
                Violation.unless(queued.remove(unqueue.attempt()), "asked to unqueue what was not queued", unqueue);
            } else if (command instanceof Commands.Run run) {
                queued.remove(run.attempt());
                Violation.unless(running.add(run.attempt()), "asked to run it twice", run);
            } else if (command instanceof Commands.Stop stop) {
                Violation.unless(running.remove(stop.attempt()), "asked to stop what was not running", stop);
                stopping.add(stop.attempt());
            } else if (command instanceof Commands.Wake wake) {
                wakes.put(wake.step(), wake.dueMs());
            } else if (command instanceof Commands.WakeSaga wake) {
                sagaDueMs = wake.dueMs();
            }
        }
    }

    /** The commands that are still to be carried out; timers that a state no longer wants are not. */
    Set<Command> outstanding(SagaState state) {
        Set<Command> commands = new HashSet<>();
        queued.forEach(attempt -> commands.add(new Commands.Queue(attempt)));
        running.forEach(attempt -> commands.add(new Commands.Run(attempt)));
        stopping.forEach(attempt -> commands.add(new Commands.Stop(attempt)));
        wakes.forEach((step, dueMs) -> {
            if (isWaiting(state.step(step).phase())) {
                commands.add(new Commands.Wake(step, dueMs));
            }
        });
        if (state.deadlineMs() != 0) {
            commands.add(new Commands.WakeSaga(sagaDueMs));
        }
        return commands;
    }

    private static boolean isWaiting(StepPhase phase) {
        return phase == StepPhase.BACKOFF || phase == StepPhase.UNDO_BACKOFF;
    }

    private void end(AttemptRef attempt) {
        if (running.contains(attempt)) {
            lose(attempt); // its runner is going down
        } else {
            forget(attempt);
        }
    }

    private void lose(AttemptRef attempt) {
        if (running.remove(attempt) || stopping.remove(attempt) || stuck.remove(attempt)) {
            lost.add(attempt);
        }
    }

    private void forget(AttemptRef attempt) {
        running.remove(attempt);
        stopping.remove(attempt);
        stuck.remove(attempt);
        lost.remove(attempt);
    }
}
