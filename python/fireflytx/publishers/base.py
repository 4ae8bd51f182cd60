"""What an engine asks of a publisher."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from fireflytx.cloud_event import CloudEvent


@runtime_checkable
class Publisher(Protocol):
    """Takes events to their readers. An engine calls it on its own event loop, one call at a time.

    Events wait in the journal until ``publish`` has returned; if it raises, or takes over a minute, the
    engine asks again, later and later, from the same event on and with fewer at once. So an event arrives at
    least once, and in order for each saga.
    """

    async def open(self) -> None:
        """Get ready to publish; called before the first ``publish``, and again after one that raised."""

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        """Return when the other side has accepted all of ``events``, which are in order.

        Raises:
            Exception: any: not all were accepted, or nobody knows.
        """

    async def close(self) -> None:
        """Let go of connections; called once at the end, and after a ``publish`` that raised."""
