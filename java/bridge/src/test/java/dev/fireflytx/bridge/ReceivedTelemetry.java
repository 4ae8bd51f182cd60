package dev.fireflytx.bridge;

import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.engine.EngineStats;
import dev.fireflytx.engine.JoinedSaga;
import dev.fireflytx.engine.Outcome;
import dev.fireflytx.engine.RanAttempt;
import dev.fireflytx.engine.SagaError;
import dev.fireflytx.engine.SagaStatus;
import dev.fireflytx.engine.StopReason;
import dev.fireflytx.engine.StoppedSaga;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads what the bridge tells for traces and metrics into what the engine would have said, and has the bridge write that again. */
final class ReceivedTelemetry {
    private static final String NONE = "{}";

    private ReceivedTelemetry() {}

    static String rewritten(JsonObject item) {
        return switch (item.string("type")) {
            case "joined" -> TelemetryItems.joined(new JoinedSaga(item.string("correlation_id"), item.string("saga"), item.object("caller"),
                    item.raw("trace", NONE)));
            case "ended" -> TelemetryItems.ended(new StoppedSaga(item.string("correlation_id"), item.string("saga"),
                    SagaStatus.valueOf(item.string("status")), item.number("since_ms"), item.number("at_ms"),
                    ReceivedItems.text(item, "failed_step"),
                    ReceivedItems.text(item, "error_type").map(type -> SagaError.of(type, "said nowhere")), item.raw("trace", NONE)));
            case "ran" -> TelemetryItems.ran(new RanAttempt(ReceivedItems.attempt(item), item.string("saga"), item.number("started_us"),
                    item.number("duration_us"), outcome(item), reason(item), item.raw("trace", NONE)));
            default -> TelemetryItems.stats(item.number("request"), item.number("process"), stats(item));
        };
    }

    private static Optional<StopReason> reason(JsonObject item) {
        return ReceivedItems.text(item, "reason").map(word -> StopReason.valueOf(word.replace('-', '_').toUpperCase(Locale.ROOT)));
    }

    private static Outcome outcome(JsonObject item) {
        return switch (item.string("outcome")) {
            case "succeeded" -> new Outcome.Succeeded(NONE, NONE);
            case "verdict" -> new Outcome.Verdict(item.flag("verdict", true));
            case "failed" -> new Outcome.Failed(SagaError.fromJson(item.object("error")), true, NONE);
            default -> new Outcome.Ended(NONE);
        };
    }

    private static EngineStats stats(JsonObject item) {
        Map<String, EngineStats.Sagas> sagas = new LinkedHashMap<>();
        JsonObject.split(item.object("sagas")).members().forEach((name, counts) -> sagas.put(name, sagas(JsonObject.split(counts))));
        EngineStats.Load load = new EngineStats.Load(0, 0, (int) item.number("queued"), (int) item.number("out"));
        return new EngineStats(load, sagas, item.number("appends"), item.number("append_us") * 1_000);
    }

    private static EngineStats.Sagas sagas(JsonObject counts) {
        Map<SagaStatus, Long> ended = new EnumMap<>(SagaStatus.class);
        JsonObject byStatus = JsonObject.split(counts.object("ended"));
        byStatus.members().keySet().forEach(status -> ended.put(SagaStatus.valueOf(status), byStatus.number(status)));
        return new EngineStats.Sagas(counts.number("started"), ended, (int) counts.number("active"), (int) counts.number("parked"));
    }
}
