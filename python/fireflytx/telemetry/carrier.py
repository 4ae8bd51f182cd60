"""The trace of a saga as the journal keeps it: W3C headers, whatever else the program uses."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

MOST_BYTES = 16 * 1000
"""What makes the headers longer is left out, since Java would refuse the start (PROTOCOL.md, Telemetry)."""

_TRACE = TraceContextTextMapPropagator()
_BAGGAGE = W3CBaggagePropagator()


class Carrier:
    """Turns contexts into what a saga carries, and back.

    Args:
        baggage: Whether baggage is carried, too.
    """

    def __init__(self, *, baggage: bool) -> None:
        self._baggage = baggage

    def headers(self, context: Context) -> dict[str, str]:
        """What a saga that was started in ``context`` carries; empty without a trace."""
        headers: dict[str, str] = {}
        _TRACE.inject(headers, context)
        if self._baggage:
            _BAGGAGE.inject(headers, context)
        for least_needed in ("baggage", "tracestate"):
            if len(orjson.dumps(headers)) > MOST_BYTES:
                headers.pop(least_needed, None)
        return headers

    def context(self, headers: Mapping[str, str] | None, base: Context | None = None) -> Context:
        """The context that the headers tell, on top of ``base``."""
        context = Context() if base is None else base
        if not headers:
            return context
        context = _TRACE.extract(headers, context)
        return _BAGGAGE.extract(headers, context) if self._baggage else context
