"""Traces and metrics by OpenTelemetry (extra ``otel``); docs/telemetry.md lists every span and instrument.

Importing this imports nothing of OpenTelemetry: that happens when an engine is made with ``telemetry``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fireflytx.telemetry.hooks import NO_HOOKS, Hooks

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

__all__ = ["Telemetry", "hooks_of"]


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Where an engine's traces and metrics go.

    Attributes:
        tracer_provider: Makes the spans; None is the program's global one.
        meter_provider: Takes the metrics; None is the program's global one.
        baggage: Whether the caller's baggage is kept with the saga, too, and given to its steps wherever they
            run. It lies in the journal in the clear.
    """

    tracer_provider: TracerProvider | None = None
    meter_provider: MeterProvider | None = None
    baggage: bool = False


def hooks_of(telemetry: Telemetry | bool | None) -> Hooks:
    """What the engine calls: hooks that do nothing, unless telemetry is wanted.

    Raises:
        ImportError: it is wanted, and OpenTelemetry is not installed.
        TypeError: ``telemetry`` is something else.
    """
    if telemetry is None or telemetry is False:
        return NO_HOOKS
    if telemetry is not True and not isinstance(telemetry, Telemetry):
        raise TypeError(f"telemetry must be True or a Telemetry, got {type(telemetry).__name__}.")
    try:
        from fireflytx.telemetry.otel import OtelHooks
    except ImportError as error:
        raise ImportError(
            f"telemetry needs OpenTelemetry ({error}). Install it with: pip install 'fireflytx[otel]'"
        ) from error
    return OtelHooks(Telemetry() if telemetry is True else telemetry)
