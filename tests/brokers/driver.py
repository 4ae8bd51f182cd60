"""An engine's part in publishing, and nothing else of it: the same events again until they are accepted."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from fireflytx.cloud_event import CloudEvent
from fireflytx.publishers import Publisher

_PAUSE_S = 0.1


def event(number: int, *, saga: str = "ORD-1", topic: str = "orders", **other: Any) -> CloudEvent:
    """An event as an engine makes them; ``number`` is its place among all."""
    about: dict[str, Any] = {
        "id": f"event-{number}",
        "source": "/fireflytx/order",
        "type": "order.process.completed",
        "subject": saga,
        "time": datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC),
        "topic": topic,
        "key": saga,
        "data": {"number": number},
    }
    return CloudEvent(**{**about, **other})


class Driver:
    """Publishes events in order, ``most`` at a time, as an engine does.

    Attributes:
        failures: What publishing raised, in order.
        failed: Set when there is one.
        accepted: How many events have been accepted.
    """

    def __init__(self, publisher: Publisher, *, most: int = 100) -> None:
        self._publisher = publisher
        self._most = most
        self.failures: list[Exception] = []
        self.failed = asyncio.Event()
        self.accepted = 0

    async def run(
        self, events: Sequence[CloudEvent], after_each: Callable[[int], None] = lambda _: None
    ) -> None:
        """Return when all are accepted; ``after_each`` hears how many have been, after each batch."""
        is_open = False
        while self.accepted < len(events):
            try:
                if not is_open:
                    await self._publisher.open()
                    is_open = True
                batch = events[self.accepted : self.accepted + self._most]
                await self._publisher.publish(batch)
            except Exception as error:
                self.failures.append(error)
                self.failed.set()
                is_open = False
                with contextlib.suppress(Exception):
                    await self._publisher.close()
                await asyncio.sleep(_PAUSE_S)
            else:
                self.accepted += len(batch)
                after_each(self.accepted)
        await self._publisher.close()
