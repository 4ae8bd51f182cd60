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
    private final Store store;
    private final BesideLoop beside;
    private final Values values;
    private final Map<String, List<Answers.Answer<SagaResult>>> waiting = new HashMap<>();
    private final Map<Long, Asked> asked = new HashMap<>();
    private boolean looking;

    /** A request on its way: what to do with its answer, and what to do if its saga ends before it is answered. */
    private record Asked(String correlationId, Consumer<String> answered, Runnable again) {}

    /** A saga that is not to be waited for any more, and what to say to those who do. */
    private record Stopped(String correlationId, Consumer<Answers.Answer<SagaResult>> answer) {}

    /** What was found in the store. */
    private record Found(List<Stopped> stopped, Map<Long, String> answers, List<Long> unanswered) {}

    Elsewhere(Store store, BesideLoop beside, Values values) {
        this.store = store;
        this.beside = beside;
        this.values = values;
    }

    boolean isAwaited() {
        return !waiting.isEmpty() || !asked.isEmpty();
    }

    void waitFor(String correlationId, Answers.Answer<SagaResult> answer) {
        waiting.computeIfAbsent(correlationId, id -> new ArrayList<>()).add(answer);
    }

    /** Asks the saga's owner something; {@code again} asks it here, should the saga end before its owner answers. */
    <T> void ask(String correlationId, String request, Answers.Answer<T> answer, Function<JsonObject, T> read,
            Supplier<CompletableFuture<T>> again) {
        asked.put(store.ask(correlationId, request), new Asked(correlationId,
                text -> answerWith(answer, text, read), () -> again.get().whenComplete(answer::complete)));
    }

    private static <T> void answerWith(Answers.Answer<T> answer, String text, Function<JsonObject, T> read) {
        try {
            answer.done(read.apply(RequestJson.readAnswer(text)));
        } catch (RefusedException e) {
            answer.fail(e);
        }
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
        List<Long> unanswered = new ArrayList<>();
        questions.forEach((number, question) -> {
            Optional<String> answer = store.answer(number);
            answer.ifPresent(text -> answers.put(number, text));
            if (answer.isEmpty() && !isElsewhere(question.correlationId())) {
                unanswered.add(number);
            }
        });
        return new Found(stopped, answers, unanswered);
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

    private void take(Found found) {
        looking = false;
        found.stopped().forEach(this::answer);
        found.answers().forEach((number, text) -> Optional.ofNullable(asked.remove(number)).ifPresent(question -> {
            store.withdraw(number);
            question.answered().accept(text);
        }));
        found.unanswered().forEach(number -> Optional.ofNullable(asked.remove(number)).ifPresent(question ->
                store.withdraw(number).ifPresentOrElse(question.answered(), question.again())));
    }

    private void answer(Stopped stopped) {
        noLongerAwaited(stopped.correlationId()).forEach(stopped.answer());
    }
}
