"""Hooks that make spans and metrics. The one module, with its neighbours, that needs OpenTelemetry."""

from __future__ import annotations

import asyncio
import contextvars
import time

from opentelemetry import context as otel_context
from opentelemetry import metrics, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, Status, StatusCode

from fireflytx._bridge.items import Ended, Joined, Ran, Stats, Task
from fireflytx._bridge.messages import Attempt, Failure
from fireflytx._version import __version__
from fireflytx.failures import failure_of
from fireflytx.telemetry import Telemetry
from fireflytx.telemetry.carrier import Carrier
from fireflytx.telemetry.harmless import harmless
from fireflytx.telemetry.hooks import NO_BEGINNING, NO_SCOPE, Beginning, Hooks, Scope
from fireflytx.telemetry.instruments import Instruments
from fireflytx.telemetry.spans import Spans, note_failure

_SCOPE_NAME = "fireflytx"
_US_PER_S = 1_000_000
_NS_PER_US = 1_000


class OtelHooks(Hooks):
    """Makes an engine's spans and metrics.

    Args:
        telemetry: Where they go.
    """

    __slots__ = ("_instruments", "_spans")
    is_on = True

    def __init__(self, telemetry: Telemetry) -> None:
        tracer = trace.get_tracer(_SCOPE_NAME, __version__, telemetry.tracer_provider)
        self._spans = Spans(tracer, Carrier(baggage=telemetry.baggage))
        meter = metrics.get_meter(_SCOPE_NAME, __version__, telemetry.meter_provider)
        self._instruments = Instruments(meter)

    @harmless(NO_BEGINNING)
    def beginning(self, saga: str, correlation_id: str, variables: contextvars.Context) -> Beginning:
        """See ``Hooks``."""
        caller = variables.run(otel_context.get_current)
        return _Beginning(self._spans, *self._spans.begin(saga, correlation_id, caller))

    @harmless(NO_SCOPE)
    def attempt(self, task: Task, variables: contextvars.Context) -> Scope:
        """See ``Hooks``."""
        base = variables.run(otel_context.get_current)
        span, inside = self._spans.attempt(task.attempt, task.saga, task.trace, executor="python", base=base)
        # Into these variables alone, which are the attempt's own: the engine's loop never sees the span.
        variables.run(otel_context.attach, inside)
        if task.in_doubt:
            span.set_attribute("fireflytx.in_doubt", True)
        return _Scope(self._instruments, span, inside, task.attempt, task.saga)

    @harmless(None)
    def joined(self, item: Joined) -> None:
        """See ``Hooks``."""
        self._spans.joined(item)

    @harmless(None)
    def ended(self, item: Ended) -> None:
        """See ``Hooks``."""
        self._spans.ended(item)

    @harmless(None)
    def ran(self, item: Ran) -> None:
        """See ``Hooks``."""
        span, inside = self._spans.attempt(
            item.attempt, item.saga, item.trace, executor="java", started_us=item.started_us
        )
        scope = _Scope(self._instruments, span, inside, item.attempt, item.saga, why=item.reason)
        if item.failure is not None:
            scope.failed(item.failure)
        elif item.verdict is not None:
            scope.decided(item.verdict)
        elif item.outcome == "succeeded":
            scope.succeeded()
        else:
            scope.stopped()
        ended_ns = (item.started_us + item.duration_us) * _NS_PER_US
        scope.end_after(item.duration_us / _US_PER_S, ended_ns)

    @harmless(None)
    def counted(self, stats: Stats) -> None:
        """See ``Hooks``."""
        self._instruments.counted(stats)

    @harmless(None)
    def batch(self, direction: str, items: int) -> None:
        """See ``Hooks``."""
        self._instruments.batch(direction, items)

    @harmless(None)
    def closed(self) -> None:
        """See ``Hooks``."""
        self._instruments.closed()


class _Beginning(Beginning):
    __slots__ = ("_is_over", "_span", "_spans", "trace")

    def __init__(self, spans: Spans, span: Span, headers: bytes | None) -> None:
        self._spans = spans
        self._span = span
        self._is_over = False
        self.trace = headers

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        # Whoever was cancelled has not failed: the saga goes on.
        is_failure = error is not None and not isinstance(error, asyncio.CancelledError | GeneratorExit)
        # Without a traceback: it begins with whatever the caller was handling just then.
        self._end(failure_of(error)._replace(traceback="") if error is not None and is_failure else None)

    def until(self, durable: asyncio.Future[None]) -> None:
        durable.add_done_callback(lambda _: self._end(None))

    @harmless(None)
    def _end(self, failure: Failure | None) -> None:
        if not self._is_over:
            self._is_over = True
            self._spans.begun(self._span, self.trace, failure)


class _Scope(Scope):
    __slots__ = ("_about", "_error", "_inside", "_instruments", "_outcome", "_span", "_started_s", "_why")

    def __init__(
        self,
        instruments: Instruments,
        span: Span,
        inside: Context,
        attempt: Attempt,
        saga: str,
        *,
        why: str | None = None,
    ) -> None:
        self._instruments = instruments
        self._span = span
        self._inside = inside
        self._about = {
            "fireflytx.saga": saga,
            "fireflytx.step": attempt.step,
            "fireflytx.direction": attempt.direction,
        }
        self._outcome = "abandoned"
        self._error: str | None = None
        self._why = why
        self._started_s = time.perf_counter()
        if attempt.number > 1:
            instruments.retried(dict(self._about))

    def succeeded(self) -> None:
        self._outcome = "succeeded"

    @harmless(None)
    def decided(self, verdict: bool) -> None:
        self._outcome = "succeeded"
        self._span.set_attribute("fireflytx.verdict", verdict)

    @harmless(None)
    def failed(self, failure: Failure) -> None:
        self._outcome = "failed"
        self._error = failure.type
        note_failure(self._span, failure)

    @harmless(None)
    def told_to_stop(self, reason: str) -> None:
        self._why = reason
        name = "fireflytx.timeout" if reason == "timeout" else "fireflytx.cancel"
        self._span.add_event(name, {"fireflytx.reason": reason})

    @harmless(None)
    def stopped(self) -> None:
        self._outcome = "stopped"
        if self._why == "timeout":
            self._outcome = self._error = "timeout"
        if self._error is not None and self._span.is_recording():
            self._span.set_attribute("error.type", "timeout")
            self._span.set_status(Status(StatusCode.ERROR, "it took longer than its timeout_ms"))

    def end(self) -> None:
        self.end_after(time.perf_counter() - self._started_s)

    @harmless(None)
    def end_after(self, seconds: float, ended_ns: int | None = None) -> None:
        """End it, so many seconds after it began; at a time other than now if ``ended_ns`` is given."""
        self._about["fireflytx.outcome"] = self._outcome
        if self._error is not None:
            self._about["error.type"] = self._error
        self._instruments.took(seconds, self._about, self._inside)
        self._span.set_attribute("fireflytx.outcome", self._outcome)
        self._span.end(end_time=ended_ns)
