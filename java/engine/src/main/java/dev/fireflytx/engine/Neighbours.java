package dev.fireflytx.engine;

import dev.fireflytx.core.json.JsonException;
import dev.fireflytx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** The other engines of the store: takes over what they leave, and does what they ask about sagas that run here. */
final class Neighbours implements Store.Watcher {
    private final SagaEngine engine;
    private final Store store;
    private final Recovery recovery;
    private final SagaDirectory sagas;
    private final Elsewhere elsewhere;
    private final Predicate<Consumer<Turn>> submit;
    private final Set<Long> inHand = new HashSet<>();
    private volatile boolean isAwaiting;

    Neighbours(SagaEngine engine, Store store, Recovery recovery, SagaDirectory sagas, Elsewhere elsewhere,
            Predicate<Consumer<Turn>> submit) {
        this.engine = engine;
        this.store = store;
        this.recovery = recovery;
        this.sagas = sagas;
        this.elsewhere = elsewhere;
        this.submit = submit;
    }

    /** Something is awaited of them from now on. On the loop's thread. */
    void await() {
        isAwaiting = true;
    }

    @Override
    public boolean round(boolean left, List<Store.Request> asked) {
        if (left || !asked.isEmpty() || isAwaiting) {
            submit.test(turn -> take(left, asked));
        }
        return isAwaiting;
    }

    @Override
    public void failed(RuntimeException why) {
        submit.test(turn -> {
            throw why;
        });
    }

    private void take(boolean left, List<Store.Request> asked) {
        if (left) {
            recovery.left();
        }
        asked.stream().filter(request -> !inHand.contains(request.number()) && sagas.isAnsweredHere(request.correlationId()))
                .forEach(this::serve);
        elsewhere.look();
        isAwaiting = elsewhere.isAwaited();
    }

    private void serve(Store.Request request) {
        inHand.add(request.number());
        answer(request).whenComplete((text, failure) -> submit.test(turn -> {
            inHand.remove(request.number());
            if (failure == null) {
                turn.whenDurable(() -> store.answer(request.number(), text));
            }
        }));
    }

    /** What to say; without an answer, whoever runs the saga next is asked. */
    private CompletableFuture<String> answer(Store.Request request) {
        return does(request).exceptionally(failure -> {
            Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
            if (cause instanceof RefusedException refusal && refusal.code() != RefusedException.Code.CLOSING) {
                return RequestJson.refused(refusal);
            }
            throw new CompletionException(cause);
        });
    }

    private CompletableFuture<String> does(Store.Request request) {
        try {
            JsonObject body = JsonObject.split(request.body());
            return RequestJson.isCancel(body)
                    ? engine.cancel(request.correlationId(), body.string("reason")).thenApply(RequestJson::accepted)
                    : engine.resolve(RequestJson.readResolve(request.correlationId(), body)).thenApply(RequestJson::info);
        } catch (JsonException | IllegalArgumentException e) {
            return CompletableFuture.failedFuture(new RefusedException(RefusedException.Code.MALFORMED,
                    "The engine that runs the saga does not understand the request: " + e.getMessage()));
        }
    }
}
