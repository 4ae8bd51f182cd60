package dev.fireflytx.engine.simulation;

import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.machine.Fact;
import dev.fireflytx.core.machine.Resolution;
import dev.fireflytx.engine.HandEngine;
import dev.fireflytx.engine.OutcomeUnknownException;
import dev.fireflytx.engine.RefusedException;
import dev.fireflytx.engine.ResolveRequest;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.StartRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Those who ask engines for something: every answer has to agree with the journal, and nobody waits for ever. */
final class Callers {
    private final Journal journal;
    private final Set<String> acknowledged = new HashSet<>();
    private final Set<String> cancelled = new HashSet<>();
    private final List<Question> questions = new ArrayList<>();
    private final List<Violation> heard = new ArrayList<>();

    private record Question(String what, Program to, HandEngine engine, SagaDefinition saga, String id, boolean isKnown, boolean wasRegistered,
            CompletableFuture<?> answer) {}

    Callers(Journal journal) {
        this.journal = journal;
    }

    void start(Program to, SagaDefinition saga, String id) {
        hear(to, saga, id, "start", to.engine().start(request(saga, id)), started -> {
            Violation.unless(journal.ids().contains(id), "acknowledged before it was durable", id);
            acknowledged.add(id);
        });
        hear(to, saga, id, "wait for", to.engine().result(id), ended ->
                Violation.unless(journal.hasBeen(id, ended.status()), "told " + ended.status() + " before it was durable", id));
    }

    /** Half of them say that the id is new, whether it is or not: the journal finds out. */
    private StartRequest request(SagaDefinition saga, String id) {
        return new StartRequest(saga.name(), id, inputOf(id), 0, Fact.SagaStarted.NO_TRACE, "", questions.size() % 4 < 2);
    }

    /** Some inputs are so large that a saga which waits leaves them to the disk. */
    private static String inputOf(String id) {
        return "{\"n\":1.10,\"text\":\"" + "x".repeat(id.endsWith("1") ? 2_000 : 0) + "\"}";
    }

    void cancel(Program to, SagaDefinition saga, String id) {
        hear(to, saga, id, "cancel", to.engine().cancel(id), accepted -> {
            boolean isCancelled = journal.has(id, Fact.SagaCancelled.class);
            boolean isTurned = isCancelled || Stream.of(Fact.SagaFailing.class, Fact.SagaTimedOut.class, Fact.SagaEnded.class)
                    .anyMatch(kind -> journal.has(id, kind));
            Violation.unless(accepted ? isCancelled : isTurned, "cancelling was answered with " + accepted, id);
            if (accepted) {
                cancelled.add(id);
            }
        });
    }

    void resolve(Program to, SagaDefinition saga, String id, String step, Resolution resolution) {
        ResolveRequest request = new ResolveRequest(id, step, resolution, "somebody", "simulated");
        hear(to, saga, id, "resolve", to.engine().resolve(request), info -> {
            boolean isDecided = journal.facts(id, step, Fact.PersonDecided.class).anyMatch(fact -> fact.resolution() == resolution);
            Violation.unless(isDecided && journal.hasBeen(id, info.status()), "a decision was confirmed that is not in the journal", id);
        });
    }

    /** A future keeps what its listeners throw to itself, so that goes another way. */
    private <T> void hear(Program to, SagaDefinition saga, String id, String what, CompletableFuture<T> answer, Consumer<T> check) {
        Question question = new Question(what, to, to.engine(), saga, id, acknowledged.contains(id),
                to.knows(saga), answer);
        questions.add(question);
        answer.whenComplete((value, failure) -> {
            try {
                if (failure == null) {
                    Violation.unless(to.maySpeak(question.engine()), "answered when it had lost its journal, or stood still: " + what, id);
                    check.accept(value);
                } else {
                    checkFailure(question, failure instanceof CompletionException ? failure.getCause() : failure);
                }
            } catch (Violation e) {
                heard.add(e);
            }
        });
    }

    private void checkFailure(Question question, Throwable failure) {
        boolean isExpected = failure instanceof RefusedException refusal ? isRight(question, refusal.code())
                : failure instanceof OutcomeUnknownException && !question.to().maySpeak(question.engine());
        Violation.unless(isExpected, "to " + question.what() + " " + question.id() + " was answered wrongly", failure);
    }

    private boolean isRight(Question question, RefusedException.Code code) {
        return switch (code) {
            case UNKNOWN_SAGA, NO_ENGINE -> !question.wasRegistered() || !question.to().knows(question.saga());
            case UNKNOWN_ID -> !question.isKnown();
            case PIVOT_PASSED -> journal.isPivotPassed(question.id());
            case NOT_WAITING -> question.what().equals("resolve");
            case CLOSING -> !question.to().maySpeak(question.engine());
            case EXPIRED, ID_CONFLICT, UNKNOWN_STEP, MALFORMED, UNREADABLE, OBSERVER, TRANSFER -> false;
        };
    }

    /** Says what was wrong with an answer, if one was. */
    void check() {
        if (!heard.isEmpty()) {
            throw heard.get(0);
        }
    }

    /** Whether somebody waits for an engine that is still there. */
    boolean isAnybodyWaiting() {
        questions.removeIf(question -> question.answer().isDone() || !question.to().isServedBy(question.engine()));
        return !questions.isEmpty();
    }

    /** Every saga has come to rest: was everything kept that was promised? */
    void checkEnd() {
        Violation.unless(journal.ids().containsAll(acknowledged), "an acknowledged start is lost", acknowledged);
        for (String id : cancelled) {
            Violation.unless(journal.status(id) != SagaStatus.COMPLETED || journal.isPivotPassed(id), "completed, although it was cancelled", id);
        }
    }

    @Override
    public String toString() {
        return questions.stream().map(question -> question.what() + " " + question.id()).toList().toString();
    }
}
