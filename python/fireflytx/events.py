"""What steps publish (``step_events``), and who listens (``engine.on_event``)."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fireflytx._bridge.items import Event
from fireflytx._tasks import background
from fireflytx.logs import extras

_LOG = logging.getLogger("fireflytx.events")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SagaEvent:
    """One event of one step.

    Attributes:
        event_type: Such as ``order.process.completed``.
        topic: The topic that ``step_events`` names.
        saga: The saga's name.
        step: The step's id.
        correlation_id: The saga run's id.
        attempt: The number of the attempt, from 1.
        at: When it happened, in UTC.
        duration_ms: Since the step's first attempt started; None for that start itself, and unless
            ``include_timing`` asks for it.
        payload: The step's input; None unless ``include_payload`` asks for it.
    """

    event_type: str
    topic: str
    saga: str
    step: str
    correlation_id: str
    attempt: int
    at: datetime
    duration_ms: int | None = None
    payload: Mapping[str, Any] | None = None

    @classmethod
    def from_item(cls, item: Event) -> SagaEvent:
        """The event that Java sent."""
        return cls(
            event_type=item.event_type,
            topic=item.topic,
            saga=item.saga,
            step=item.step,
            correlation_id=item.correlation_id,
            attempt=item.attempt,
            at=_EPOCH + timedelta(milliseconds=item.at_ms),
            duration_ms=item.duration_ms,
            payload=item.payload,
        )


Listener = Callable[[SagaEvent], Awaitable[None] | None]


class Listeners:
    """Hands each event to every listener, to each in the order in which the events came.

    A plain function is called at once. What an ``async def`` has still to do is done one event after the
    other, in the background. A listener that raises is logged and goes on being called.
    """

    def __init__(self) -> None:
        self._queues: list[_Queue] = []

    def add(self, listener: Listener) -> None:
        """Call ``listener`` for every event from now on."""
        if not callable(listener):
            raise TypeError(f"A listener must be callable with one event, got {type(listener).__name__}.")
        self._queues.append(_Queue(listener))

    def publish(self, event: SagaEvent) -> None:
        """Log the event at DEBUG and hand it to all listeners."""
        _LOG.debug("Event %s on topic %s.", event.event_type, event.topic, extra=_about(event))
        for queue in self._queues:
            queue.hand_over(event)

    async def drain(self) -> None:
        """Wait until every listener has done with every event that it got."""
        await asyncio.gather(*(queue.drained() for queue in self._queues))

    def close(self) -> None:
        """Drop what async listeners have not done yet."""
        for queue in self._queues:
            queue.close()


class _Queue:
    """One listener and the events that wait for it; only an async listener lets events wait."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._waiting: deque[SagaEvent] = deque()
        self._worker: asyncio.Task[None] | None = None

    def hand_over(self, event: SagaEvent) -> None:
        if self._worker is not None:
            self._waiting.append(event)
        elif (rest := self._call(event)) is not None:
            self._worker = background(self._catch_up(event, rest), name="fireflytx-listener")

    async def drained(self) -> None:
        while self._worker is not None:
            await asyncio.wait([self._worker])

    def close(self) -> None:
        self._waiting.clear()
        if self._worker is not None:
            self._worker.cancel()

    async def _catch_up(self, event: SagaEvent, rest: Awaitable[None] | None) -> None:
        try:
            await self._finish(event, rest)
            while self._waiting:
                event = self._waiting.popleft()
                await self._finish(event, self._call(event))
        finally:
            self._worker = None

    def _call(self, event: SagaEvent) -> Awaitable[None] | None:
        try:
            rest = self._listener(event)
        except Exception:
            _complain(event)
            return None
        return rest if inspect.isawaitable(rest) else None

    async def _finish(self, event: SagaEvent, rest: Awaitable[None] | None) -> None:
        try:
            if rest is not None:
                await rest
        except Exception:
            _complain(event)


def _complain(event: SagaEvent) -> None:
    _LOG.exception(
        "A listener failed on event %s; it goes on being called.", event.event_type, extra=_about(event)
    )


def _about(event: SagaEvent) -> dict[str, str | int | None]:
    return extras(
        correlation_id=event.correlation_id, saga=event.saga, step=event.step, attempt=event.attempt
    )
