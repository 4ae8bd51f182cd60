package dev.fireflytx.engine;

import dev.fireflytx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Sagas that other engines of the store run: who waits here for their ends, and what was asked here about them. Used by the loop's thread
 * alone; the store is read beside it.
 */
final class Elsewhere {
    /** Longer than it takes until a frozen engine is taken over from. */
    private static final long PATIENCE_MS = 10_000;

    /** Longer than an owner needs to say what it has done, when its saga has ended by that. */
    private static final long ANSWER_IS_ON_ITS_WAY_MS = 2_000;

    private final Store store;
    private final BesideLoop beside;
    private final Values values;
    private final EngineClock clock;
    private final Map<String, List<Answers.Answer<SagaResult>>> waiting = new HashMap<>();
    private final Map<Long, Asked> asked = new HashMap<>();
    private final Map<Long, Long> endedSinceMs = new HashMap<>();
    private boolean looking;

    /**
     * What is asked about a saga: the text, what reads its answer, and what asks here once more, should the saga end before its owner answers.
     */
    record Question<T>(String correlationId, String text, Answers.Answer<T> answer, Function<JsonObject, T> read,
            Supplier<CompletableFuture<T>> again) {
        private void answerWith(String text) {
            try {
                answer.done(read.apply(RequestJson.readAnswer(text)));
            } catch (RefusedException e) {
                answer.fail(e);
            }
        }

        private void askAgain() {
            again.get().whenComplete(answer::complete);
        }
    }

    /**
     * A question on its way.
     *
     * @param hasOwner whether the saga's owner is asked: then it is asked here once more, should that owner go or the saga end without an answer
     * @param untilMs when it is taken back, and {@code nobody} is run
     */
    private record Asked(Question<?> question, boolean hasOwner, long untilMs, Runnable nobody) {}

    /** A saga that is not to be waited for any more, and what to say to those who do. */
    private record Stopped(String correlationId, Consumer<Answers.Answer<SagaResult>> answer) {}

    /** What was found in the store: what has come, and of which questions the saga has lost its owner, or has ended, before an answer came. */
    private record Found(List<Stopped> stopped, Map<Long, String> answers, List<Long> ownerless, List<Long> ended) {}

    Elsewhere(Store store, BesideLoop beside, Values values, EngineClock clock) {
        this.store = store;
        this.beside = beside;
        this.values = values;
        this.clock = clock;
    }

    boolean isAwaited() {
        return !waiting.isEmpty() || !asked.isEmpty();
    }

    void waitFor(String correlationId, Answers.Answer<SagaResult> answer) {
        waiting.computeIfAbsent(correlationId, id -> new ArrayList<>()).add(answer);
    }

    /** Asks the saga's owner something. That is this engine at last, if the owner goes. */
    void ask(Question<?> question) {
        asked.put(store.ask(question.correlationId(), question.text()), new Asked(question, true, Long.MAX_VALUE, () -> {}));
    }

    /** Asks whoever runs the saga, or can; there may be nobody, so it is not waited for long. */
    void ask(Store.Header saga, Question<?> question) {
        asked.put(store.ask(question.correlationId(), question.text()),
                new Asked(question, !saga.status().isEnd(), clock.nowMs() + PATIENCE_MS, () -> question.answer().fail(
                        RefusedException.noEngine(saga, store, "no engine has answered within " + PATIENCE_MS / 1_000 + " s"))));
    }

    /** {@return who waited here for a saga, and need not any more} */
    List<Answers.Answer<SagaResult>> noLongerAwaited(String correlationId) {
        List<Answers.Answer<SagaResult>> waited = waiting.remove(correlationId);
        return waited == null ? List.of() : waited;
    }

    /** Looks whether something that is awaited has come. */
    void look() {
        if (looking || !isAwaited()) {
            return;
        }
        looking = true;
        List<String> ids = List.copyOf(waiting.keySet());
        Map<Long, Asked> questions = Map.copyOf(asked);
        beside.read(() -> find(ids, questions), (turn, found) -> take(found));
    }

    private Found find(List<String> ids, Map<Long, Asked> questions) {
        List<Stopped> stopped = ids.stream().map(this::stopped).flatMap(Optional::stream).toList();
        Map<Long, String> answers = new HashMap<>();
        List<Long> ownerless = new ArrayList<>();
        List<Long> ended = new ArrayList<>();
        questions.forEach((number, question) -> {
            Optional<String> answer = store.answer(number);
            answer.ifPresent(text -> answers.put(number, text));
            if (answer.isEmpty() && question.hasOwner() && !isElsewhere(question.question().correlationId())) {
                (hasEnded(question.question().correlationId()) ? ended : ownerless).add(number);
            }
        });
        return new Found(stopped, answers, ownerless, ended);
    }

    private Optional<Stopped> stopped(String correlationId) {
        try {
            return store.find(correlationId)
                    .filter(saga -> saga.status().isEnd() || saga.status() == SagaStatus.PARKED)
                    .map(saga -> new Stopped(correlationId, answering(result(saga))));
        } catch (RefusedException e) {
            return Optional.of(new Stopped(correlationId, answer -> answer.fail(e)));
        }
    }

    private SagaResult result(Store.Header saga) {
        Store.StoredSaga stored = store.load(saga.correlationId()).orElseThrow(() -> RefusedException.expired(saga));
        return ResultBuilder.of(SagaRun.stopped(stored, store), values);
    }

    private static Consumer<Answers.Answer<SagaResult>> answering(SagaResult result) {
        return answer -> answer.done(result);
    }

    private boolean isElsewhere(String correlationId) {
        try {
            return store.find(correlationId).filter(store::isElsewhere).isPresent();
        } catch (RefusedException e) {
            return false; // whoever asks again is told why
        }
    }

    private boolean hasEnded(String correlationId) {
        try {
            return store.find(correlationId).filter(saga -> saga.status().isEnd()).isPresent();
        } catch (RefusedException e) {
            return false;
        }
    }

    private void take(Found found) {
        looking = false;
        found.stopped().forEach(this::answer);
        found.answers().forEach((number, text) -> Optional.ofNullable(asked.remove(number)).ifPresent(question -> {
            store.withdraw(number);
            question.question().answerWith(text);
        }));
        long nowMs = clock.nowMs();
        found.ended().forEach(number -> endedSinceMs.putIfAbsent(number, nowMs));
        endedSinceMs.keySet().retainAll(asked.keySet());
        Map.copyOf(asked).forEach((number, question) -> {
            boolean isLate = nowMs - endedSinceMs.getOrDefault(number, nowMs) >= ANSWER_IS_ON_ITS_WAY_MS;
            if (isLate || found.ownerless().contains(number)) {
                withdraw(number, question, question.question()::askAgain);
            } else if (nowMs >= question.untilMs()) {
                withdraw(number, question, question.nobody());
            }
        });
    }

    private void withdraw(long number, Asked question, Runnable unanswered) {
        asked.remove(number);
        store.withdraw(number).ifPresentOrElse(question.question()::answerWith, unanswered);
    }

    private void answer(Stopped stopped) {
        noLongerAwaited(stopped.correlationId()).forEach(stopped.answer());
    }
}
