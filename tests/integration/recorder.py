"""OpenTelemetry's in-memory exporters, and questions to what they have got."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Sampler

from fireflytx.telemetry import Telemetry

Attributes = dict[str, Any]


class Recorder:
    """An application's providers, which keep what they get in memory."""

    def __init__(self, sampler: Sampler = ALWAYS_ON, *, baggage: bool = False) -> None:
        self._exporter = InMemorySpanExporter()
        self._provider = TracerProvider(sampler=sampler)
        self._provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self._reader = InMemoryMetricReader()
        meter_provider = MeterProvider([self._reader])
        self.telemetry = Telemetry(self._provider, meter_provider, baggage)
        self.tracer = self._provider.get_tracer("application")

    def spans(self, name: str | None = None) -> list[ReadableSpan]:
        """The spans that have ended, the earliest start first; of one name, or all."""
        spans = sorted(self._exporter.get_finished_spans(), key=lambda span: span.start_time or 0)
        return [span for span in spans if name in (None, span.name)]

    def span(self, name: str) -> ReadableSpan:
        """The one span of this name."""
        (span,) = self.spans(name)
        return span

    def names(self) -> list[str]:
        return [span.name for span in self.spans()]

    def parent(self, span: ReadableSpan) -> str | None:
        """The name of the span that this one hangs below."""
        parent = span.parent
        return parent and next(
            each.name for each in self.spans() if each.get_span_context().span_id == parent.span_id
        )

    def points(self, metric: str) -> list[Any]:
        """What a metric tells, for each set of attributes."""
        data = self._reader.get_metrics_data()
        return [
            point
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for each in scope.metrics
            if each.name == metric
            for point in each.data.data_points
        ]

    def value(self, metric: str, **wanted: str) -> Any:
        """The sum of a metric's points whose attributes, by the last part of their names, are these."""
        found = [point for point in self.points(metric) if wanted.items() <= short(point.attributes).items()]
        return sum(point.value for point in found) if found else None


def short(attributes: Any) -> Attributes:
    """Attributes by the last part of their names."""
    return {name.rsplit(".", 1)[-1]: value for name, value in dict(attributes).items()}


def events(span: ReadableSpan) -> list[str]:
    return [event.name for event in span.events]


async def until(condition: Callable[[], object], *, within_s: float = 20) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - an exporter sets no event
            await asyncio.sleep(0.01)
