"""The spans of sagas (docs/telemetry.md, Spans): what each is called, hangs below, and says."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from opentelemetry.context import Context
from opentelemetry.trace import Span, Status, StatusCode, Tracer, get_current_span, set_span_in_context

from fireflytx._bridge.items import Ended, Joined
from fireflytx._bridge.messages import Attempt, Failure
from fireflytx.telemetry.carrier import Carrier

_NS_PER_MS = 1_000_000
_NS_PER_US = 1_000
_NAMES = {"forward": "{}/{}", "backward": "{}/{} compensation", "condition": "{}/{} condition"}


class Spans:
    """Makes spans.

    Args:
        tracer: The tracer.
        carrier: What carries the trace from one process to the next.
    """

    def __init__(self, tracer: Tracer, carrier: Carrier) -> None:
        self._tracer = tracer
        self._carrier = carrier
        self._beginnings: dict[str, Span] = {}

    # --- a start ------------------------------------------------------------------------------------------

    def begin(self, saga: str, correlation_id: str, caller: Context) -> tuple[Span, bytes | None]:
        """The span of a start, below its caller's, and what the saga carries of it."""
        about = {"fireflytx.saga": saga, "fireflytx.correlation_id": correlation_id}
        span = self._tracer.start_span(f"start {saga}", context=caller, attributes=about)
        headers = self._carrier.headers(set_span_in_context(span, caller))
        if span.is_recording() and headers:
            self._beginnings[headers["traceparent"]] = span
        return span, orjson.dumps(headers) if headers else None

    def joined(self, item: Joined) -> None:
        """The run was there already: its trace is another one, to which the start leads."""
        span = self._beginnings.get(item.caller.get("traceparent", ""))
        if span is not None:
            span.set_attribute("fireflytx.joined", True)
            first = get_current_span(self._carrier.context(item.trace)).get_span_context()
            if first.is_valid:
                span.add_link(first)

    def begun(self, span: Span, trace: bytes | None, failure: Failure | None) -> None:
        """The start is durable, or was refused."""
        if trace is not None:
            self._beginnings.pop(orjson.loads(trace)["traceparent"], None)
        if failure is not None:
            note_failure(span, failure)
        span.end()

    # --- an attempt ---------------------------------------------------------------------------------------

    def attempt(
        self,
        attempt: Attempt,
        saga: str,
        trace: Mapping[str, str] | None,
        *,
        executor: str,
        base: Context | None = None,
        started_us: int | None = None,
    ) -> tuple[Span, Context]:
        """The span of an attempt, and the context in which its code runs.

        Args:
            attempt: Which one.
            saga: The saga's name.
            trace: What the saga carries.
            executor: Who runs it, ``python`` or ``java``.
            base: What else its code finds in its context.
            started_us: When it began, in microseconds since 1970; None is now.
        """
        name = _NAMES[attempt.direction].format(saga, attempt.step)
        span = self._tracer.start_span(
            name,
            context=self._carrier.context(trace),
            start_time=None if started_us is None else started_us * _NS_PER_US,
            attributes={
                "fireflytx.saga": saga,
                "fireflytx.correlation_id": attempt.correlation_id,
                "fireflytx.step": attempt.step,
                "fireflytx.direction": attempt.direction,
                "fireflytx.attempt": attempt.number,
                "fireflytx.executor": executor,
            },
        )
        if attempt.number > 1 and span.is_recording():
            span.add_event("fireflytx.retry", {"fireflytx.attempt": attempt.number})
        return span, set_span_in_context(span, self._carrier.context(trace, base))

    # --- an end -------------------------------------------------------------------------------------------

    def ended(self, item: Ended) -> None:
        """The span of a saga from its beginning, or from where it went on after a person, to its stop."""
        span = self._tracer.start_span(
            f"saga {item.saga}",
            context=self._carrier.context(item.trace),
            start_time=item.since_ms * _NS_PER_MS,
            attributes={
                "fireflytx.saga": item.saga,
                "fireflytx.correlation_id": item.correlation_id,
                "fireflytx.status": item.status,
            },
        )
        if span.is_recording() and item.status != "COMPLETED":
            _note_end(span, item)
        span.end(end_time=item.at_ms * _NS_PER_MS)


def note_failure(span: Span, failure: Failure) -> None:
    """Record why something failed. All that spans tell of exceptions goes through here."""
    if not span.is_recording():
        return
    span.set_attribute("error.type", failure.type)
    event = {"exception.type": failure.type, "exception.message": failure.message}
    if failure.traceback:
        event["exception.stacktrace"] = failure.traceback
    span.add_event("exception", event)
    span.set_status(Status(StatusCode.ERROR, failure.message or failure.type))


def _note_end(span: Span, item: Ended) -> None:
    description = item.status
    if item.error_type is not None:
        span.set_attribute("error.type", item.error_type)
        description += f": {item.error_type}"
    if item.failed_step is not None:
        span.set_attribute("fireflytx.failed_step", item.failed_step)
        description += f" at step '{item.failed_step}'"
    span.set_status(Status(StatusCode.ERROR, description))
