from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry import baggage, trace
from opentelemetry.context import Context
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, TraceState

from fireflytx import SagaEngine
from fireflytx._bridge.items import Stats
from fireflytx.telemetry import Telemetry
from fireflytx.telemetry.carrier import MOST_BYTES, Carrier
from fireflytx.telemetry.instruments import Instruments


def caller(state: TraceState | None = None, **values: str) -> Context:
    """A context with a span of another service, and baggage."""
    state = TraceState([("vendor", "1")]) if state is None else state
    span = NonRecordingSpan(
        SpanContext(0xA1, 0xB2, is_remote=True, trace_flags=TraceFlags(1), trace_state=state)
    )
    context = trace.set_span_in_context(span, Context())
    for key, value in values.items():
        context = baggage.set_baggage(key, value, context)
    return context


def test_a_saga_carries_the_w3c_headers_of_its_trace_and_no_baggage():
    headers = Carrier(baggage=False).headers(caller(tenant="acme"))
    assert headers == {"traceparent": f"00-{0xA1:032x}-{0xB2:016x}-01", "tracestate": "vendor=1"}


def test_without_a_trace_there_are_no_headers():
    assert Carrier(baggage=False).headers(Context()) == {}


def test_what_was_carried_is_the_same_trace_again():
    carrier = Carrier(baggage=True)
    context = carrier.context(carrier.headers(caller(tenant="acme")))
    assert (
        trace.get_current_span(context).get_span_context()
        == trace.get_current_span(caller()).get_span_context()
    )
    assert baggage.get_all(context) == {"tenant": "acme"}


def test_baggage_that_a_saga_was_given_is_not_looked_at_where_it_is_not_asked_for():
    headers = Carrier(baggage=True).headers(caller(tenant="acme"))
    assert baggage.get_all(Carrier(baggage=False).context(headers)) == {}


@pytest.mark.parametrize(
    ("vendors", "kept"),
    [
        (1, {"traceparent", "tracestate", "baggage"}),
        (31, {"traceparent", "tracestate"}),
    ],
)
def test_headers_that_are_too_long_lose_the_baggage_and_never_the_trace(vendors: int, kept: set[str]):
    state = TraceState([(f"vendor{n}", "x" * 256) for n in range(vendors)])
    context = caller(state, **{f"key{n}": "x" * 4000 for n in range(2)})
    headers = Carrier(baggage=True).headers(context)
    assert set(headers) == kept
    assert len(str(headers)) <= MOST_BYTES


def test_headers_that_make_no_sense_are_no_trace():
    context = Carrier(baggage=False).context({"traceparent": "garbage"})
    assert not trace.get_current_span(context).get_span_context().is_valid


def test_counts_that_fall_are_another_process_s_or_nothing_new():
    reader = InMemoryMetricReader()
    instruments = Instruments(MeterProvider([reader]).get_meter("test"))

    def told(process: int, started: int) -> None:
        counts = {"order": {"started": started, "ended": {}, "active": 1, "parked": 0}}
        instruments.counted(Stats(1, process, counts, queued=0, out=0, appends=0, append_us=0))

    for process, started in ((1, 5), (1, 4), (1, 6), (2, 1)):
        told(process, started)
    data = reader.get_metrics_data()
    assert data is not None
    found = {
        metric.name: [point.value for point in metric.data.data_points]
        for metric in data.resource_metrics[0].scope_metrics[0].metrics
    }
    assert found["fireflytx.saga.started"] == [7]
    assert found["fireflytx.saga.active"] == [1]


def test_an_observer_has_no_telemetry(tmp_path: Path):
    with pytest.raises(ValueError, match="telemetry is for the engines that run them"):
        SagaEngine(f"sqlite:///{tmp_path}/s.db", observer=True, telemetry=True)


def test_telemetry_is_true_or_a_telemetry():
    with pytest.raises(TypeError, match="telemetry must be True or a Telemetry, got str"):
        SagaEngine("memory", telemetry="yes")  # type: ignore[arg-type]


def test_importing_the_options_imports_nothing_of_opentelemetry():
    code = "import sys, fireflytx.engine, fireflytx.telemetry; print('opentelemetry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_telemetry_names_where_things_go():
    provider = trace.NoOpTracerProvider()
    assert Telemetry(tracer_provider=provider).tracer_provider is provider
    assert Telemetry().baggage is False
