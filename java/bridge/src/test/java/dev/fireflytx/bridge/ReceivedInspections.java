package dev.fireflytx.bridge;

import dev.fireflytx.core.definition.DefinitionJson;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.machine.StepPhase;
import dev.fireflytx.engine.SagaCount;
import dev.fireflytx.engine.SagaInspection;
import dev.fireflytx.engine.SagaStatus;
import java.util.List;
import java.util.Optional;

/** Reads what the bridge tells of sagas that are looked at into what the engine would have said. */
final class ReceivedInspections {
    private ReceivedInspections() {}

    static Optional<SagaInspection> inspection(JsonObject item) {
        if (!item.has("inspection")) {
            return Optional.empty();
        }
        JsonObject saga = JsonObject.split(item.object("inspection"));
        List<SagaInspection.Step> steps = ReceivedItems.elements(saga.raw("steps")).stream()
                .map(JsonObject::split).map(ReceivedInspections::step).toList();
        return Optional.of(new SagaInspection(ReceivedItems.header(JsonObject.split(saga.object("saga"))), saga.number("version"),
                DefinitionJson.read(saga.object("definition")), saga.object("input"), saga.object("context"), saga.number("deadline_ms", 0),
                ReceivedItems.text(saga, "failed_step"), ReceivedItems.error(saga), steps));
    }

    private static SagaInspection.Step step(JsonObject step) {
        return new SagaInspection.Step(step.string("step"), StepPhase.valueOf(step.string("phase")),
                step.has("result") ? Optional.of(step.object("result")) : Optional.empty(), (int) step.number("attempts"),
                (int) step.number("undo_attempts"), step.number("duration_ms", 0), step.number("due_ms", 0),
                step.flag("in_doubt", false), ReceivedItems.error(step));
    }

    static SagaCount count(JsonObject count) {
        return new SagaCount(count.string("saga"), SagaStatus.valueOf(count.string("status")), count.number("sagas"),
                count.number("started_last_minute"), count.number("started_last_hour"), count.number("changed_last_minute"),
                count.number("changed_last_hour"));
    }
}
