"""A publisher for some topics only."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from fireflytx.cloud_event import CloudEvent
from fireflytx.publishers.base import Publisher


class Topics:
    """Passes on the events of some topics, and lets all others go by.

    Args:
        pattern: Which topics: ``order-events``, or with wildcards as in file names (``*``, ``?``, ``[…]``)
            ``order-*``; capitals count.
        publisher: Who gets them.
    """

    def __init__(self, pattern: str, publisher: Publisher) -> None:
        self._pattern = pattern
        self._publisher = publisher

    async def open(self) -> None:
        """Get the publisher ready."""
        await self._publisher.open()

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        """Publish those whose topic matches."""
        wanted = [event for event in events if fnmatchcase(event.topic, self._pattern)]
        if wanted:
            await self._publisher.publish(wanted)

    async def close(self) -> None:
        """Close the publisher."""
        await self._publisher.close()
