package dev.fireflytx.bridge;

import dev.fireflytx.core.definition.DefinitionJson;
import dev.fireflytx.core.json.JsonWriter;
import dev.fireflytx.engine.SagaCount;
import dev.fireflytx.engine.SagaInspection;
import java.util.List;
import java.util.Optional;

/** What those are told who look at sagas (PROTOCOL.md, "An inspection"). */
final class InspectionItems {
    private InspectionItems() {}

    static String counted(long request, List<SagaCount> counts) {
        return Items.item("counted").number("request", request)
                .raw("counts", JsonWriter.array(counts.stream().map(InspectionItems::count).toList())).build();
    }

    private static String count(SagaCount count) {
        return new JsonWriter()
                .text("saga", count.saga())
                .text("status", count.status().name())
                .number("sagas", count.sagas())
                .number("started_last_minute", count.startedLastMinute())
                .number("started_last_hour", count.startedLastHour())
                .number("changed_last_minute", count.changedLastMinute())
                .number("changed_last_hour", count.changedLastHour()).build();
    }

    /** Without a saga, nothing new has happened to it. */
    static String inspected(long request, Optional<SagaInspection> saga) {
        JsonWriter item = Items.item("inspected").number("request", request);
        saga.ifPresent(found -> item.raw("inspection", inspection(found)));
        return item.build();
    }

    private static String inspection(SagaInspection saga) {
        JsonWriter item = new JsonWriter()
                .raw("saga", Items.header(saga.header()))
                .number("version", saga.version());
        numberIfAny(item, "deadline_ms", saga.deadlineMs())
                .raw("definition", DefinitionJson.write(saga.definition()))
                .raw("input", saga.input())
                .raw("context", saga.context());
        saga.failedStep().ifPresent(step -> item.text("failed_step", step));
        saga.error().ifPresent(error -> item.raw("error", Items.error(error, saga.failedStep())));
        return item.raw("steps", JsonWriter.array(saga.steps().stream().map(InspectionItems::step).toList())).build();
    }

    private static String step(SagaInspection.Step step) {
        JsonWriter item = new JsonWriter()
                .text("step", step.step())
                .text("phase", step.phase().name())
                .number("attempts", step.attempts())
                .number("undo_attempts", step.undoAttempts());
        numberIfAny(item, "duration_ms", step.durationMs());
        numberIfAny(item, "due_ms", step.dueMs()).flag("in_doubt", step.inDoubt());
        step.result().ifPresent(result -> item.raw("result", result));
        step.error().ifPresent(error -> item.raw("error", Items.error(error, Optional.of(step.step()))));
        return item.build();
    }

    private static JsonWriter numberIfAny(JsonWriter item, String key, long number) {
        return number == 0 ? item : item.number(key, number);
    }
}
