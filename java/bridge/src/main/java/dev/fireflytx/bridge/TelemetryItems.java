package dev.fireflytx.bridge;

import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonStrings;
import dev.fireflytx.core.json.JsonWriter;
import dev.fireflytx.engine.EngineStats;
import dev.fireflytx.engine.JoinedSaga;
import dev.fireflytx.engine.Outcome;
import dev.fireflytx.engine.RanAttempt;
import dev.fireflytx.engine.SagaError;
import dev.fireflytx.engine.StoppedSaga;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** What Python makes traces and metrics of (PROTOCOL.md, "Telemetry"). */
final class TelemetryItems {
    private TelemetryItems() {}

    static String joined(JoinedSaga saga) {
        return traced(Items.item("joined").text("correlation_id", saga.correlationId()).text("saga", saga.saga()).raw("caller", saga.caller()),
                saga.trace());
    }

    static String ended(StoppedSaga saga) {
        JsonWriter item = Items.item("ended")
                .text("correlation_id", saga.correlationId())
                .text("saga", saga.saga())
                .text("status", saga.status().name())
                .number("since_ms", saga.sinceMs())
                .number("at_ms", saga.atMs());
        saga.failedStep().ifPresent(step -> item.text("failed_step", step));
        saga.error().ifPresent(error -> item.text("error_type", error.type()));
        return traced(item, saga.trace());
    }

    static String ran(RanAttempt attempt) {
        JsonWriter item = Items.item("ran")
                .raw("attempt", AttemptNames.write(attempt.attempt()))
                .text("saga", attempt.saga())
                .number("started_us", attempt.startedUs())
                .number("duration_us", attempt.durationUs())
                .text("outcome", word(attempt.outcome()));
        if (attempt.outcome() instanceof Outcome.Failed failed) {
            item.raw("error", error(failed.error()));
        } else if (attempt.outcome() instanceof Outcome.Verdict verdict) {
            item.flag("verdict", verdict.verdict());
        }
        attempt.toldToStop().ifPresent(reason -> item.text("reason", Items.word(reason)));
        return traced(item, attempt.trace());
    }

    private static String word(Outcome outcome) {
        if (outcome instanceof Outcome.Succeeded) {
            return "succeeded";
        }
        if (outcome instanceof Outcome.Verdict) {
            return "verdict";
        }
        return outcome instanceof Outcome.Failed ? "failed" : "settled";
    }

    private static String traced(JsonWriter item, String trace) {
        return (trace.equals(JsonObject.EMPTY) ? item : item.raw("trace", trace)).build();
    }

    private static String error(SagaError error) {
        return new JsonWriter().text("type", error.type()).text("message", error.message()).textIfAny("traceback", error.traceback()).build();
    }

    static String stats(long request, long process, EngineStats stats) {
        String sagas = stats.sagas().entrySet().stream()
                .map(each -> JsonStrings.quote(each.getKey()) + ":" + counts(each.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
        return Items.item("stats").number("request", request)
                .number("process", process)
                .raw("sagas", sagas)
                .number("queued", stats.load().queuedAttempts())
                .number("out", stats.load().outAttempts())
                .number("appends", stats.appends())
                .number("append_us", TimeUnit.NANOSECONDS.toMicros(stats.appendNs())).build();
    }

    private static String counts(EngineStats.Sagas counts) {
        JsonWriter ended = new JsonWriter();
        counts.ended().forEach((status, count) -> ended.number(status.name(), count));
        return new JsonWriter().number("started", counts.started()).raw("ended", ended.build())
                .number("active", counts.active()).number("parked", counts.parked()).build();
    }
}
