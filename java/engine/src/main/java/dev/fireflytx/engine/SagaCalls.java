package dev.fireflytx.engine;

import dev.fireflytx.core.definition.SagaPlan;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.machine.SagaState;
import dev.fireflytx.core.machine.Signal;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** Does what callers ask about one saga, wherever that is. Used by whoever holds the lock of {@link Commits}. */
final class SagaCalls {
    private final Store store;
    private final Runs runs;
    private final SagaDirectory sagas;
    private final Elsewhere elsewhere;
    private final Neighbours neighbours;
    private final ValueLimit limit;
    private final Values values;
    private final EngineListener listener;

    SagaCalls(Store store, Runs runs, SagaDirectory sagas, Elsewhere elsewhere, Neighbours neighbours, ValueLimit limit, Values values,
            EngineListener listener) {
        this.listener = listener;
        this.store = store;
        this.runs = runs;
        this.sagas = sagas;
        this.elsewhere = elsewhere;
        this.neighbours = neighbours;
        this.limit = limit;
        this.values = values;
    }

    /** Does nothing if the saga had been started before, here or elsewhere. */
    void start(Turn turn, StartRequest request) {
        SagaPlan plan = sagas.plan(request.saga());
        String hash = Identity.hashOf(request, limit);
        if (sagas.isStarted(request, hash)) {
            tellOfJoining(turn, request);
            return;
        }
        SagaRun run = SagaRun.fresh(request.correlationId(), hash, plan, store);
        runs.begin(turn, run, new Signal.Start(request.input(), request.timeoutMs(), request.trace()));
    }

    /** A start that Python sends again, since its engine has been replaced, joins nothing but itself. */
    private void tellOfJoining(Turn turn, StartRequest request) {
        if (!listener.isTracing() || request.trace().equals(JsonObject.EMPTY)) {
            return;
        }
        String first = traceOf(request.correlationId());
        if (!first.equals(request.trace())) {
            JoinedSaga joined = new JoinedSaga(request.correlationId(), request.saga(), request.trace(), first);
            turn.whenDurable(() -> listener.onJoined(joined));
        }
    }

    private String traceOf(String correlationId) {
        return runs.find(correlationId).map(run -> run.values().trace())
                .or(() -> store.load(correlationId).map(saga -> SagaRun.stopped(saga, store).values().trace()))
                .orElse(JsonObject.EMPTY);
    }

    void waitFor(Turn turn, String correlationId, Answers.Answer<SagaResult> answer) {
        sagas.find(turn, correlationId).ifPresentOrElse(run -> waitFor(turn, run, answer), () -> {
            elsewhere.waitFor(correlationId, answer);
            neighbours.await();
        });
    }

    /** Answers when a run has stopped. */
    void waitFor(Turn turn, SagaRun run, Answers.Answer<SagaResult> answer) {
        if (run.state().isParked() || run.state().phase().isEnded()) {
            SagaResult result = ResultBuilder.of(run, values);
            turn.whenDurable(() -> answer.done(result));
        } else {
            run.waiting().add(answer::done);
        }
    }

    /** Cancels a saga; {@code again} asks here once more if the saga was another engine's, and that one ends before it answers. */
    void cancel(Turn turn, String correlationId, String reason, Answers.Answer<Boolean> answer, Supplier<CompletableFuture<Boolean>> again) {
        if (sagas.info(correlationId).status().isEnd()) {
            turn.whenDurable(() -> answer.done(false)); // whatever is still kept of it
            return;
        }
        sagas.find(turn, correlationId).ifPresentOrElse(run -> cancel(turn, run, reason, answer),
                () -> askOwner(new Elsewhere.Question<>(correlationId, RequestJson.cancel(reason), answer, RequestJson::readAccepted, again)));
    }

    private void cancel(Turn turn, SagaRun run, String reason, Answers.Answer<Boolean> answer) {
        if (run.state().isPivotPassed() && !run.state().phase().isEnded()) {
            throw new RefusedException(RefusedException.Code.PIVOT_PASSED,
                    "Saga '" + run.saga() + "' " + run.correlationId() + " can't be cancelled: its pivot '"
                            + run.plan().step(run.plan().pivot()).id() + "' has succeeded, so it only goes forward.");
        }
        runs.apply(turn, run, new Signal.Cancel(reason));
        boolean accepted = !run.state().phase().isEnded() && run.state().cause() instanceof SagaState.Cause.Cancelled;
        turn.whenDurable(() -> answer.done(accepted));
    }

    /** Takes a person's decision; {@code again} is as above. One about a saga that this engine can't run goes to an engine that can. */
    void resolve(Turn turn, ResolveRequest request, Answers.Answer<SagaInfo> answer, Supplier<CompletableFuture<SagaInfo>> again) {
        String id = request.correlationId();
        Function<JsonObject, SagaInfo> read = found -> RequestJson.readInfo(id, found);
        sagas.endedForOthers(id).ifPresentOrElse(ended -> {
            Resolutions.checkedSteps(SagaRun.stopped(ended, store), request);
            askAnybody(ended.header(), new Elsewhere.Question<>(id, RequestJson.resolve(request), answer, read, again));
        }, () -> sagas.findToChange(turn, id).ifPresentOrElse(run -> resolve(turn, run, request, answer),
                () -> askOwner(new Elsewhere.Question<>(id, RequestJson.resolve(request), answer, read, again))));
    }

    private void resolve(Turn turn, SagaRun run, ResolveRequest request, Answers.Answer<SagaInfo> answer) {
        Resolutions.apply(turn, runs, run, request);
        SagaInfo info = sagas.info(request.correlationId());
        turn.whenDurable(() -> answer.done(info));
    }

    /** An observer can't take a saga over whose owner dies before it answers, so it does not wait for ever. */
    private <T> void askOwner(Elsewhere.Question<T> question) {
        if (store.isReadOnly()) {
            store.find(question.correlationId()).ifPresent(saga -> askAnybody(saga, question));
        } else {
            elsewhere.ask(question);
            neighbours.await();
        }
    }

    private <T> void askAnybody(Store.Header saga, Elsewhere.Question<T> question) {
        if (!store.hasOthers()) {
            throw RefusedException.noEngine(saga, store, "no engine runs it");
        }
        try {
            elsewhere.ask(saga, question);
            neighbours.await();
        } catch (StoreException e) {
            throw RefusedException.noEngine(saga, store, "no engine can be asked: " + e.getMessage());
        }
    }
}
