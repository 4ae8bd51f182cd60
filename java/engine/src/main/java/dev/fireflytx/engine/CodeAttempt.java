package dev.fireflytx.engine;

import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.machine.Direction;
import dev.fireflytx.engine.saga.StepCode;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** One attempt of a step's Java code: runs it, stops it, and makes an outcome of what it returns or throws. */
final class CodeAttempt implements Runnable {
    private final Task task;
    private final StepCode code;
    private final Supplier<?> instance;
    private final Values values;
    private final AttemptContext context;
    private final Consumer<Outcome> ended;
    private Thread thread;

    CodeAttempt(Task task, StepCode code, Supplier<?> instance, Values values, Consumer<Outcome> ended) {
        this.task = task;
        this.code = code;
        this.instance = instance;
        this.values = values;
        this.context = new AttemptContext(task, values);
        this.ended = ended;
    }

    /** Ends with an outcome, at the latest when the stage does that the code has returned. */
    @Override
    public void run() {
        if (!enter()) {
            ended.accept(failed(SagaError.of("NotStartedError", "The attempt was stopped before it started"), true));
            return;
        }
        Object returned;
        try {
            returned = code.body().call(instance.get(), value(), context);
        } catch (Throwable e) { // an error too: an attempt that reports nothing would keep its place for ever
            leave();
            ended.accept(outcomeOf(e));
            return;
        }
        leave();
        if (returned instanceof CompletionStage<?> stage) {
            stage.whenComplete((result, failure) -> ended.accept(failure == null ? outcomeOf(result) : outcomeOf(failure)));
        } else {
            ended.accept(outcomeOf(returned));
        }
    }

    /** Interrupts the thread that it blocks, and tells those who asked; the attempt still ends by itself. */
    void stop() {
        for (Runnable action : context.stop()) {
            try {
                action.run();
            } catch (RuntimeException e) {
                System.getLogger(EngineLog.LOGGER).log(System.Logger.Level.WARNING, "what was to be called on a stop failed", e);
            }
        }
        synchronized (this) {
            if (thread != null) {
                thread.interrupt();
            }
        }
    }

    synchronized boolean isRunIn(Thread other) {
        return thread == other;
    }

    private synchronized boolean enter() {
        thread = context.isStopped() ? null : Thread.currentThread();
        return thread != null;
    }

    /** From here on no interrupt comes any more, and one that came must not hit what the thread does next. */
    private synchronized void leave() {
        thread = null;
        if (context.isStopped()) {
            Thread.interrupted();
        }
    }

    private Object value() {
        if (code.takes() == Void.class || task.inDoubt() && !Values.takesAnyObject(code.takes())) {
            return null;
        }
        return values.object(task.data(), code.takes(), name() + (undoes() ? "its result" : "its input"));
    }

    private boolean undoes() {
        return task.attempt().direction() == Direction.BACKWARD;
    }

    private Outcome outcomeOf(Object result) {
        if (task.attempt().direction() == Direction.CONDITION) {
            return new Outcome.Verdict((Boolean) result);
        }
        try {
            return new Outcome.Succeeded(values.object(result, name() + "what it returned"), context.writes());
        } catch (ValueRefusedException e) {
            return undoes() ? new Outcome.Succeeded(JsonObject.EMPTY, context.writes()) : failed(SagaError.refusedValue(e.getMessage()), false);
        }
    }

    private Outcome outcomeOf(Throwable thrown) {
        Throwable cause = thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (cause instanceof ValueRefusedException) {
            return failed(SagaError.refusedValue(cause.getMessage()), false);
        }
        boolean asks = task.attempt().direction() == Direction.CONDITION;
        if (cause instanceof NonRetryableException && !asks) {
            return failed(SagaError.of(cause), false);
        }
        // An interrupt shows itself as many exceptions; none of them says what had been done by then.
        if (context.isStopped()) {
            return new Outcome.Ended(context.writes());
        }
        return asks ? failed(conditionError(SagaError.of(cause)), false) : failed(SagaError.of(cause), true);
    }

    private SagaError conditionError(SagaError raised) {
        String message = "Saga '" + task.saga() + "': the condition of step '" + task.attempt().step() + "' raised " + raised.type() + ".";
        return new SagaError("ConditionError", message, raised.traceback());
    }

    private Outcome failed(SagaError error, boolean retryable) {
        return new Outcome.Failed(error, retryable, context.writes());
    }

    private String name() {
        return "saga '" + task.saga() + "', step '" + task.attempt().step() + "': ";
    }
}
