package dev.fireflytx.bridge;

import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonStrings;
import dev.fireflytx.core.json.JsonWriter;
import dev.fireflytx.engine.AttemptId;
import dev.fireflytx.engine.EngineLog;
import dev.fireflytx.engine.ParkedSaga;
import dev.fireflytx.engine.RefusedException;
import dev.fireflytx.engine.SagaError;
import dev.fireflytx.engine.SagaEvent;
import dev.fireflytx.engine.SagaInfo;
import dev.fireflytx.engine.SagaResult;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.StepResult;
import dev.fireflytx.engine.StopReason;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreReport;
import dev.fireflytx.engine.Task;
import dev.fireflytx.engine.TransferReport;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The items that Java says (PROTOCOL.md, "Items of receive"), each as one JSON text. */
final class Items {
    private static final long NOT_KEPT = 0;

    private Items() {}

    static String task(Task task) {
        return task(task, NOT_KEPT);
    }

    /** A task on the input that Python keeps under this number. */
    static String task(Task task, long onInput) {
        JsonWriter item = item("task")
                .raw("attempt", AttemptNames.write(task.attempt()))
                .text("saga", task.saga());
        task.version().ifPresent(version -> item.text("version", version));
        item.raw("data", task.data())
                .number("timeout_ms", task.timeoutMs());
        if (onInput != NOT_KEPT) {
            item.number("on_input", onInput);
        }
        if (task.takesContext()) {
            context(task, item, onInput == NOT_KEPT);
        }
        if (!task.trace().equals(JsonObject.EMPTY)) {
            item.raw("trace", task.trace());
        }
        boolean backward = task.attempt().direction() == dev.fireflytx.core.machine.Direction.BACKWARD;
        return (backward ? item.flag("in_doubt", task.inDoubt()) : item).build();
    }

    private static void context(Task task, JsonWriter item, boolean isWhole) {
        if (isWhole && !task.input().equals(task.data())) {
            item.raw("input", task.input());
        }
        item.array("results", task.results(), (result, text) -> {
            JsonStrings.appendQuoted(text.append('['), result.step());
            text.append(',').append(result.value()).append(']');
        });
        item.raw("context", task.context());
    }

    static String forget(long input) {
        return item("forget").number("input", input).build();
    }

    static String cancel(AttemptId attempt, StopReason reason) {
        return item("cancel")
                .raw("attempt", AttemptNames.write(attempt))
                .text("reason", word(reason))
                .build();
    }

    static String finished(long request, SagaResult result) {
        return item("finished").number("request", request).object("result", item -> result(result, item)).build();
    }

    static String found(long request, SagaInfo info) {
        return item("found")
                .number("request", request).text("saga", info.saga()).text("status", info.status().name()).build();
    }

    static String cancelAnswer(long request, boolean accepted) {
        return item("cancel-answer").number("request", request).flag("accepted", accepted).build();
    }

    /** A page of a listing; {@code cursor} asks for the next one, and is empty behind the last. */
    static String listed(long request, List<Store.Header> sagas, String cursor) {
        return item("listed").number("request", request)
                .raw("sagas", JsonWriter.array(sagas.stream().map(Items::header).toList()))
                .textIfAny("cursor", cursor).build();
    }

    static String header(Store.Header saga) {
        return new JsonWriter()
                .text("correlation_id", saga.correlationId())
                .text("saga", saga.saga())
                .text("status", saga.status().name())
                .number("started_ms", saga.startedMs())
                .number("changed_ms", saga.changedMs()).build();
    }

    /** A saga's history, as {@link FactItems} tells it. */
    static String facts(long request, List<String> facts) {
        return item("facts").number("request", request).raw("facts", JsonWriter.array(facts)).build();
    }

    static String stopped(long request) {
        return item("stopped").number("request", request).build();
    }

    static String verified(long request, StoreReport report) {
        return item("verified").number("request", request)
                .number("sagas", report.sagas()).number("facts", report.facts())
                .number("problem_count", report.problemCount())
                .raw("problems", JsonWriter.array(report.problems().stream().map(Items::problem).toList())).build();
    }

    static String transferred(long request, TransferReport report) {
        return item("transferred").number("request", request)
                .number("sagas", report.sagas()).number("tombstones", report.tombstones()).number("known", report.known())
                .number("left_out", report.leftOut()).number("problem_count", report.problemCount())
                .raw("problems", JsonWriter.array(report.problems().stream().map(Items::problem).toList())).build();
    }

    private static String problem(StoreReport.Problem problem) {
        return new JsonWriter()
                .textIfAny("correlation_id", problem.correlationId())
                .textIfAny("saga", problem.saga())
                .text("message", problem.message()).build();
    }

    static String refused(long request, RefusedException why) {
        return refusal(request, word(why.code()), why.getMessage())
                .textIfAny("status", why.status().map(SagaStatus::name).orElse("")).build();
    }

    static String refused(long request, String code, String message) {
        return refusal(request, code, message).build();
    }

    private static JsonWriter refusal(long request, String code, String message) {
        return item("refused").number("request", request).text("code", code).text("message", message);
    }

    static String refusedDefinition(String saga, String message) {
        return item("refused")
                .text("saga", saga).text("code", "invalid-definition").text("message", message).build();
    }

    static String needDefinition(long request, String saga) {
        return item("need-definition").number("request", request).text("saga", saga).build();
    }

    static String event(SagaEvent event) {
        return "{\"type\":\"event\"," + event.toJson().substring(1);
    }

    /** An event that waits to be published, as it was written when it happened. */
    static String publish(long position, String event) {
        return "{\"type\":\"publish\",\"position\":" + position + "," + event.substring(1);
    }

    static String allPublished(long request) {
        return item("all-published").number("request", request).build();
    }

    static String log(String logger, EngineLog entry) {
        JsonWriter item = item("log")
                .text("level", entry.level().name())
                .text("logger", logger)
                .text("message", entry.message())
                .textIfAny("correlation_id", entry.correlationId())
                .textIfAny("saga", entry.saga())
                .textIfAny("step", entry.step());
        return (entry.attempt() > 0 ? item.number("attempt", entry.attempt()) : item).build();
    }

    static String parked(ParkedSaga saga) {
        return item("parked")
                .text("correlation_id", saga.correlationId())
                .text("saga", saga.saga())
                .text("status", saga.status().name())
                .texts("steps", saga.steps())
                .build();
    }

    static String ping(long ping) {
        return item("ping").number("ping", ping).build();
    }

    private static void result(SagaResult result, JsonWriter item) {
        item.text("correlation_id", result.correlationId())
                .text("saga", result.saga())
                .text("status", result.status().name())
                .number("duration_ms", result.durationMs());
        result.failedStep().ifPresent(step -> item.text("failed_step", step));
        result.error().ifPresent(error -> item.raw("error", error(error, result.failedStep())));
        item.texts("compensated_steps", result.compensatedSteps())
                .texts("failed_compensations", result.failedCompensations())
                .texts("in_doubt_steps", result.inDoubtSteps())
                .objects("steps", result.steps(), Items::step);
    }

    private static void step(StepResult step, JsonWriter item) {
        item.text("step", step.step()).text("status", step.status().name());
        step.result().ifPresent(result -> item.raw("result", result));
        item.number("attempts", step.attempts()).number("duration_ms", step.durationMs());
        step.error().ifPresent(error -> item.raw("error", error(error, Optional.of(step.step()))));
    }

    static String error(SagaError error, Optional<String> step) {
        JsonWriter item = new JsonWriter()
                .text("type", error.type()).text("message", error.message()).text("traceback", error.traceback());
        step.ifPresent(id -> item.text("step", id));
        return item.build();
    }

    static JsonWriter item(String type) {
        return new JsonWriter().text("type", type);
    }

    static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
