package dev.fireflytx.core.simulation;

import dev.fireflytx.core.definition.SagaPlan;
import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Commands;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.Signal;
import dev.fireflytx.core.simulation.StepLedger.Life;
import dev.fireflytx.core.simulation.StepLedger.Standing;
import dev.fireflytx.core.simulation.StepLedger.Undoing;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Checks turn by turn that a machine keeps the design's promises.
 *
 * <p>It shares no logic with the machine: it keeps its own ledger of what came in, takes every fact as a claim to be justified, and
 * then asks whether anything was left undone that should have been done.
 */
final class Audit {
    private final SagaLedger ledger;
    private final Hearing hearing;

    Audit(SagaPlan plan) {
        this.ledger = new SagaLedger(plan);
        this.hearing = new Hearing(ledger);
    }

    void audit(Turn turn, Outside outside) {
        Signal signal = turn.input().signal();
        boolean news = hearing.isNews(signal);
        Violation.unless(news != turn.facts().isEmpty(), news ? "news without a fact" : "old news changed", signal);
        if (!news) {
            Violation.unless(turn.commands().isEmpty(), "old news asks for something", turn.commands());
            return;
        }
        ledger.turn(turn.input().places());
        boolean decides = signal instanceof Signal.Succeeded success && isAwaited(success.attempt());
        hearing.note(signal);
        turn.facts().forEach(fact -> fact.accept(new Claims(ledger, turn.input())));
        if (decides) {
            requireDone(((Signal.Succeeded) signal).attempt());
        }
        requireCommands(turn);
        requireSameView(outside);
        requireNothingLeftUndone();
        requireHonestParking(turn);
    }

    /** Whether the attempt's success completes its step, or makes it undone. */
    private boolean isAwaited(AttemptRef attempt) {
        StepLedger step = ledger.step(attempt);
        if (attempt.direction() == Direction.BACKWARD) {
            return !ledger.ended && (step.undoing == Undoing.GOING || step.undoing == Undoing.GIVEN_UP);
        }
        return step.life == Life.OPEN || step.life == Life.PARKED;
    }

    private void requireDone(AttemptRef attempt) {
        StepLedger step = ledger.step(attempt);
        boolean done = attempt.direction() == Direction.BACKWARD
                ? step.undoing == Undoing.DONE || step.late : step.life == Life.COMPLETED;
        Violation.unless(done, "a success without effect", attempt);
    }

    private void requireCommands(Turn turn) {
        Set<AttemptRef> queued = recorded(turn, Fact.AttemptQueued.class);
        Set<AttemptRef> started = recorded(turn, Fact.AttemptStarted.class);
        requireCommands(turn, Commands.Queue.class, Commands.Queue::attempt, without(queued, ledger.unqueued));
        requireCommands(turn, Commands.Run.class, Commands.Run::attempt, started);
        requireCommands(turn, Commands.Unqueue.class, Commands.Unqueue::attempt, without(without(ledger.unqueued, queued), started));
        requireCommands(turn, Commands.Stop.class, Commands.Stop::attempt, ledger.stopped);
    }

    private static Set<AttemptRef> recorded(Turn turn, Class<? extends Fact.OfAttempt> kind) {
        return turn.facts().stream().filter(kind::isInstance).map(kind::cast).map(Fact.OfAttempt::attempt)
                .collect(Collectors.toSet());
    }

    private static Set<AttemptRef> without(Set<AttemptRef> attempts, Set<AttemptRef> others) {
        return attempts.stream().filter(attempt -> !others.contains(attempt)).collect(Collectors.toSet());
    }

    private static <C> void requireCommands(Turn turn, Class<C> kind, Function<C, AttemptRef> attempt, Set<AttemptRef> wanted) {
        Set<AttemptRef> asked = turn.commands().stream().filter(kind::isInstance).map(kind::cast).map(attempt)
                .collect(Collectors.toSet());
        Violation.unless(asked.equals(wanted), "a " + kind.getSimpleName() + " is wanted for " + wanted, asked);
    }

    private void requireSameView(Outside outside) {
        requireStanding(outside.queued(), Standing.QUEUED);
        requireStanding(outside.running(), Standing.RUNNING);
        requireStanding(outside.stopping(), Standing.STOPPING);
        requireStanding(outside.stuck(), Standing.STUCK);
        ledger.steps().filter(step -> ledger.step(step).paused).forEach(step ->
                Violation.unless(outside.wakes().containsKey(step), "a pause that nobody ends", step));
    }

    private void requireStanding(List<AttemptRef> attempts, Standing standing) {
        attempts.forEach(attempt ->
                Violation.unless(ledger.step(attempt).standing(attempt) == standing, "is not " + standing, attempt));
    }

    /** Nothing that could start waits while a place is free, and nothing that is over goes on. */
    private void requireNothingLeftUndone() {
        if (ledger.ended) {
            Violation.unless(ledger.steps().noneMatch(step -> ledger.step(step).hasAny(Standing.RUNNING)
                    || ledger.step(step).hasAny(Standing.QUEUED)), "something runs on after the end", ledger.plan.definition().name());
            return;
        }
        Violation.unless(ledger.turnedBack || !ledger.isAllDone(), "all is done, but it did not end", "saga");
        Violation.unless(!ledger.compensating || !ledger.isAllUndone(), "all is undone, but it did not end", "saga");
        Violation.unless(!ledger.turnedBack || ledger.compensating || !ledger.isAllSettled(),
                "all has settled, but nothing is undone", "saga");
        Violation.unless(!ledger.turnedBack || ledger.steps().noneMatch(this::awaitsRetry),
                "a retry still waits in a saga that turned back", "saga");
        if (ledger.hasFreePlace()) {
            ledger.steps().forEach(step -> {
                Violation.unless(!ledger.couldStart(step), "waits though it could start", step);
                Violation.unless(!ledger.couldUndo(step), "waits though it could be undone", step);
            });
        }
    }

    private boolean awaitsRetry(int step) {
        StepLedger known = ledger.step(step);
        return known.life == Life.OPEN && (known.paused || known.due);
    }

    private void requireHonestParking(Turn turn) {
        boolean stands = !ledger.ended && ledger.stands();
        Violation.unless(turn.after().isParked() == stands, "parked must be " + stands, turn.after());
        Violation.unless(!stands || ledger.hasReasonToPark(), "stuck without a trace", turn.after());
    }
}
