package dev.fireflytx.bridge;

import dev.fireflytx.core.definition.EventTarget;
import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonScanner;
import dev.fireflytx.engine.AttemptId;
import dev.fireflytx.engine.EngineLog;
import dev.fireflytx.engine.RefusedException;
import dev.fireflytx.engine.SagaError;
import dev.fireflytx.engine.SagaEvent;
import dev.fireflytx.engine.SagaInfo;
import dev.fireflytx.engine.SagaResult;
import dev.fireflytx.engine.ParkedSaga;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.StepResult;
import dev.fireflytx.engine.StepStatus;
import dev.fireflytx.engine.StopReason;
import dev.fireflytx.engine.Store;
import dev.fireflytx.engine.StoreReport;
import dev.fireflytx.engine.Task;
import dev.fireflytx.engine.TransferReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads the bridge's items into what the engine would have said, and has the bridge write that again. */
final class ReceivedItems {
    private ReceivedItems() {}

    static String rewritten(JsonObject item) {
        String type = item.string("type");
        return switch (type) {
            case "task" -> Items.task(task(item), item.number("on_input", 0));
            case "forget" -> Items.forget(item.number("input"));
            case "cancel" -> Items.cancel(attempt(item), constant(StopReason.class, item.string("reason")));
            case "finished" -> Items.finished(item.number("request"), result(JsonObject.split(item.object("result"))));
            case "found" -> Items.found(item.number("request"),
                    new SagaInfo("", item.string("saga"), SagaStatus.valueOf(item.string("status"))));
            case "cancel-answer" -> Items.cancelAnswer(item.number("request"), item.flag("accepted", false));
            case "listed" -> Items.listed(item.number("request"), headers(item.raw("sagas")), item.string("cursor", ""));
            case "facts" -> Items.facts(item.number("request"), elements(item.raw("facts")));
            case "inspected" -> InspectionItems.inspected(item.number("request"), ReceivedInspections.inspection(item));
            case "counted" -> InspectionItems.counted(item.number("request"), elements(item.raw("counts")).stream()
                    .map(JsonObject::split).map(ReceivedInspections::count).toList());
            case "stopped" -> Items.stopped(item.number("request"));
            case "verified" -> Items.verified(item.number("request"), new StoreReport(item.number("sagas"), item.number("facts"),
                    problems(item.raw("problems")), item.number("problem_count")));
            case "transferred" -> Items.transferred(item.number("request"), new TransferReport(item.number("sagas"), item.number("tombstones"),
                    item.number("known"), item.number("left_out"), problems(item.raw("problems")), item.number("problem_count")));
            case "refused" -> refused(item);
            case "need-definition" -> Items.needDefinition(item.number("request"), item.string("saga"));
            case "event" -> Items.event(event(item));
            case "publish" -> Items.publish(item.number("position"), event(item).toJson());
            case "all-published" -> Items.allPublished(item.number("request"));
            case "log" -> Items.log(item.string("logger"), log(item));
            case "parked" -> Items.parked(new ParkedSaga(item.string("correlation_id"), item.string("saga"),
                    SagaStatus.valueOf(item.string("status")),
                    elements(item.raw("steps")).stream().map(id -> new JsonScanner(id).string()).toList()));
            case "joined", "ended", "ran", "stats" -> ReceivedTelemetry.rewritten(item);
            case "ping" -> Items.ping(item.number("ping"));
            default -> throw new AssertionError("no reader for items of type " + type);
        };
    }

    private static List<Store.Header> headers(String array) {
        return elements(array).stream().map(JsonObject::split).map(ReceivedItems::header).toList();
    }

    static Store.Header header(JsonObject saga) {
        return new Store.Header(0, saga.string("correlation_id"), saga.string("saga"), "", SagaStatus.valueOf(saga.string("status")),
                saga.number("started_ms"), saga.number("changed_ms"), Store.NOBODY);
    }

    private static List<StoreReport.Problem> problems(String array) {
        return elements(array).stream().map(JsonObject::split).map(problem -> new StoreReport.Problem(
                problem.string("correlation_id", ""), problem.string("saga", ""), problem.string("message"))).toList();
    }

    static List<String> elements(String array) {
        List<String> elements = new ArrayList<>();
        JsonObject.forEach(array, elements::add);
        return elements;
    }

    private static Task task(JsonObject item) {
        AttemptId attempt = attempt(item);
        boolean takesContext = item.has("context");
        String data = item.object("data");
        Optional<String> version = item.has("version") ? Optional.of(item.string("version")) : Optional.empty();
        return new Task(attempt, item.string("saga"), version, StepKind.COROUTINE, data, item.has("on_input"),
                item.raw("input", takesContext ? data : "{}"), results(item.raw("results", "[]")), item.raw("context", "{}"),
                takesContext, item.flag("in_doubt", false), item.number("timeout_ms"), item.raw("trace", "{}"));
    }

    private static List<Task.StepValue> results(String array) {
        List<Task.StepValue> results = new ArrayList<>();
        JsonObject.forEach(array, pair -> {
            List<String> parts = new ArrayList<>();
            JsonObject.forEach(pair, parts::add);
            results.add(new Task.StepValue(new JsonScanner(parts.get(0)).string(), parts.get(1)));
        });
        return results;
    }

    private static SagaResult result(JsonObject object) {
        List<StepResult> steps = new ArrayList<>();
        JsonObject.forEach(object.raw("steps"), step -> steps.add(step(JsonObject.split(step))));
        return new SagaResult(object.string("correlation_id"), object.string("saga"),
                SagaStatus.valueOf(object.string("status")), object.number("duration_ms"), text(object, "failed_step"),
                error(object), texts(object, "compensated_steps"), texts(object, "failed_compensations"),
                texts(object, "in_doubt_steps"), steps);
    }

    private static StepResult step(JsonObject object) {
        return new StepResult(object.string("step"), StepStatus.valueOf(object.string("status")),
                object.has("result") ? Optional.of(object.object("result")) : Optional.empty(),
                (int) object.number("attempts"), object.number("duration_ms"), error(object));
    }

    static Optional<SagaError> error(JsonObject object) {
        return object.has("error") ? Optional.of(SagaError.fromJson(object.object("error"))) : Optional.empty();
    }

    private static String refused(JsonObject item) {
        String code = item.string("code");
        if (code.equals("invalid-definition")) {
            return Items.refusedDefinition(item.string("saga"), item.string("message"));
        }
        if (code.equals("expired")) {
            return Items.refused(item.number("request"), RefusedException.expired(
                    new Store.Header(0, "ord-1", "order", "", SagaStatus.valueOf(item.string("status")), 0, 0, Store.NOBODY)));
        }
        return Items.refused(item.number("request"),
                new RefusedException(constant(RefusedException.Code.class, code), item.string("message")));
    }

    private static SagaEvent event(JsonObject item) {
        String id = item.string("correlation_id");
        Map<String, String> headers = new LinkedHashMap<>();
        JsonObject.split(item.raw("headers", JsonObject.EMPTY)).members()
                .forEach((name, value) -> headers.put(name, new JsonScanner(value).string()));
        return new SagaEvent(item.string("event_type"), new EventTarget(item.string("topic"), item.string("key", id), headers),
                item.string("saga"), id, item.number("fact"), item.string("step", ""), (int) item.number("attempt", 0), item.number("at_ms"),
                new SagaEvent.Contents(
                        item.has("duration_ms") ? OptionalLong.of(item.number("duration_ms")) : OptionalLong.empty(),
                        object(item, "payload"), object(item, "result"), error(item), object(item, "context"),
                        item.has("left_out") ? texts(item, "left_out") : List.of(),
                        item.has("redact") ? texts(item, "redact") : List.of()));
    }

    private static Optional<String> object(JsonObject item, String key) {
        return item.has(key) ? Optional.of(item.object(key)) : Optional.empty();
    }

    private static EngineLog log(JsonObject item) {
        return new EngineLog(System.Logger.Level.valueOf(item.string("level")), item.string("message"),
                item.string("correlation_id", ""), item.string("saga", ""), item.string("step", ""),
                (int) item.number("attempt", 0));
    }

    static AttemptId attempt(JsonObject item) {
        return AttemptNames.read(item.raw("attempt"));
    }

    static Optional<String> text(JsonObject object, String key) {
        return object.has(key) ? Optional.of(object.string(key)) : Optional.empty();
    }

    private static List<String> texts(JsonObject object, String key) {
        List<String> texts = new ArrayList<>();
        JsonObject.forEach(object.raw(key), each -> texts.add(new JsonScanner(each).string()));
        return texts;
    }

    private static <E extends Enum<E>> E constant(Class<E> type, String word) {
        return Enum.valueOf(type, word.replace('-', '_').toUpperCase(Locale.ROOT));
    }
}
