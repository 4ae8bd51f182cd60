package dev.fireflytx.core.simulation;

import dev.fireflytx.core.definition.SagaPlan;
import dev.fireflytx.core.machine.AttemptRef;
import dev.fireflytx.core.machine.Commands;
import dev.fireflytx.core.machine.Commands.Command;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.Input;
import dev.fireflytx.core.machine.Places;
import dev.fireflytx.core.machine.SagaMachine;
import dev.fireflytx.core.machine.SagaState;
import dev.fireflytx.core.machine.Signal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Plays the outside of one saga in an order that its choices decide, and has every turn audited. */
final class World {
    private static final int MAX_TURNS = 5_000;
    private static final int MAX_PAUSE_MS = 50;
    private static final int LOSSES_UNTIL_PARKED = 10;

    private final SagaPlan plan;
    private final Choices choices;
    private final Outside outside = new Outside();
    private final Audit audit;
    private final List<Turn> turns = new ArrayList<>();
    private SagaState state;
    private Signal current;
    private long nowMs = 1_000;

    private World(SagaPlan plan, Choices choices) {
        this.plan = plan;
        this.choices = choices;
        this.audit = new Audit(plan);
        this.state = SagaMachine.blank(plan);
    }

    /** Runs a saga until nothing is left to happen, and gives what happened. */
    static List<Turn> play(SagaPlan plan, byte[] course) {
        World world = new World(plan, new Choices(course));
        try {
            world.play();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(e.getMessage() + "\n  the story:" + world.story() + "\n    now: " + world.current, e);
        }
        return world.turns;
    }

    private void play() {
        tell(new Signal.Start("{}", 0));
        while (choices.areLeft()) {
            happen(Happening.of(choices.next()));
        }
        checkReplay();
        settle();
        outside.stuck().forEach(attempt -> tell(new Signal.Ended(attempt, "{}")));
        settle();
        checkReplay();
    }

    /** Lets everything that still runs come to a good end. */
    private void settle() {
        while (!outside.isQuiet()) {
            proceed();
        }
    }

    private void proceed() {
        if (!outside.queued().isEmpty()) {
            tell(new Signal.Placed(outside.queued().get(0)));
        } else if (!outside.running().isEmpty()) {
            succeed(outside.running().get(0));
        } else if (!outside.stopping().isEmpty()) {
            tell(new Signal.Ended(outside.stopping().get(0), "{}"));
        } else if (!outside.wakes().isEmpty()) {
            wake(outside.wakes().keySet().iterator().next());
        }
    }

    private void happen(Happening happening) {
        nowMs += choices.next() % MAX_PAUSE_MS;
        switch (happening) {
            case SUCCESS -> among(outside.alive(), this::succeed);
            case FAILURE -> among(outside.alive(), attempt -> fail(attempt, true));
            case FAILURE_FOR_GOOD -> among(outside.alive(), attempt -> fail(attempt, false));
            case TIME_UP -> among(outside.running(), attempt -> tell(new Signal.TimeUp(attempt)));
            case PLACE -> among(outside.queued(), attempt -> tell(new Signal.Placed(attempt)));
            case BACKOFF_OVER -> among(List.copyOf(outside.wakes().keySet()), this::wake);
            case LOSS -> among(outside.alive(), attempt -> tell(new Signal.Lost(attempt)));
            case LOSSES_WITHOUT_END -> among(outside.running(), this::loseAgainAndAgain);
            case END -> among(outside.alive(), attempt -> tell(new Signal.Ended(attempt, "{}")));
            case SETTLE_TIME_UP -> among(outside.stopping(), attempt -> tell(new Signal.SettleTimeUp(attempt)));
            case NEWS_OF_THE_LOST -> among(outside.lost(), this::reportOfLost);
            case REPETITION -> among(turns, turn -> tell(turn.input().signal()));
            case CANCEL -> tell(new Signal.Cancel("changed my mind"));
            case SAGA_TIME_UP -> tell(new Signal.SagaTimeUp());
            case CRASH -> outside.alive().forEach(attempt -> tell(new Signal.Lost(attempt)));
        }
    }

    private <T> void among(List<T> candidates, Consumer<T> action) {
        if (candidates.isEmpty()) {
            proceed();
        } else {
            action.accept(choices.pick(candidates));
        }
    }

    private void succeed(AttemptRef attempt) {
        tell(attempt.direction() == Direction.CONDITION
                ? new Signal.Verdict(attempt, !choices.flip())
                : new Signal.Succeeded(attempt, "{}", "{}"));
    }

    private void fail(AttemptRef attempt, boolean retryable) {
        tell(new Signal.Failed(attempt, "{}", retryable, "{}"));
    }

    private void wake(int step) {
        nowMs = Math.max(nowMs, outside.wakes().get(step));
        tell(new Signal.BackoffOver(step));
    }

    private void loseAgainAndAgain(AttemptRef first) {
        for (int loss = 0; loss < LOSSES_UNTIL_PARKED; loss++) {
            AttemptRef attempt = new AttemptRef(first.step(), first.direction(), first.number() + loss);
            if (outside.running().contains(attempt)) {
                tell(new Signal.Lost(attempt));
            }
        }
    }

    private void reportOfLost(AttemptRef attempt) {
        switch (choices.next() % 4) {
            case 0, 1 -> succeed(attempt);
            case 2 -> fail(attempt, choices.flip());
            default -> tell(new Signal.Ended(attempt, "{}"));
        }
    }

    private void tell(Signal signal) {
        Violation.unless(turns.size() < MAX_TURNS, "the saga comes to no end", state);
        current = signal;
        Input input = new Input(signal, nowMs, choices.next() / 256.0, places());
        List<Fact> facts = SagaMachine.decide(state, input);
        Violation.unless(facts.equals(SagaMachine.decide(state, input)), "decided differently the second time", input);
        SagaState after = SagaMachine.evolve(state, facts);
        List<Command> commands = Commands.between(state, after);
        state = after;
        turns.add(new Turn(input, facts, commands, after));
        outside.report(signal);
        outside.obey(commands);
        audit.audit(turns.get(turns.size() - 1), outside);
    }

    /** Mostly enough; without choices, as many as anybody wants. */
    private Places places() {
        int free = choices.next();
        return free < 128 ? Places.UNLIMITED : new Places(free % 3, free % 2, free % 5);
    }

    /** What a recovered engine would be asked for is what is going on. */
    private void checkReplay() {
        List<Fact> journal = turns.stream().flatMap(turn -> turn.facts().stream()).toList();
        SagaState replayed = SagaMachine.evolve(SagaMachine.blank(plan), journal);
        List<Command> asked = Commands.between(SagaMachine.blank(plan), replayed);
        Violation.unless(new HashSet<>(asked).equals(outside.outstanding(state)),
                "a replay asks for something else than goes on", asked + " instead of " + outside.outstanding(state));
        Violation.unless(asked.size() == new HashSet<>(asked).size(), "a replay asks for something twice", asked);
    }

    private String story() {
        return turns.stream().map(turn -> "\n    " + turn).collect(Collectors.joining());
    }
}
