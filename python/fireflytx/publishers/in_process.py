"""A publisher that calls a function: for tests, and for readers that live in the engine's process."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence

from fireflytx._checks import takes_one_argument
from fireflytx.cloud_event import CloudEvent


class InProcess:
    """Calls a function with one event after the other.

    An event has arrived when the function has returned. If it raises, the events of that call come again,
    from the first: unlike a listener of ``engine.on_event``, it misses nothing, and may see some twice.

    Args:
        function: A plain or async function of one CloudEvent.

    Raises:
        TypeError: it can't be called with one event.
    """

    def __init__(self, function: Callable[[CloudEvent], Awaitable[None] | None]) -> None:
        if not takes_one_argument(function):
            name = getattr(function, "__name__", type(function).__name__)
            raise TypeError(f"InProcess needs a function of one event, got {name}.")
        self._function = function

    async def open(self) -> None:
        """Nothing to do."""

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        """Call the function for each event, in order."""
        for event in events:
            rest = self._function(event)
            if inspect.isawaitable(rest):
                await rest

    async def close(self) -> None:
        """Nothing to do."""
