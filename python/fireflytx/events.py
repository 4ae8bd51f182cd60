"""What engines tell: events (``on_event``), and sagas that need a person (``on_parked``)."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from fireflytx._bridge.items import Event, Parked
from fireflytx._checks import takes_one_argument
from fireflytx._tasks import background
from fireflytx.logs import extras
from fireflytx.result import SagaStatus

_LOG = logging.getLogger("fireflytx.events")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SagaEvent:
    """One event of a step, or of a whole saga.

    Attributes:
        id: The event's id; a publisher's event of the same fact has the same one.
        event_type: Such as ``order.process.completed``, or ``order.saga.completed``.
        topic: The topic that ``step_events`` or ``saga_events`` names.
        saga: The saga's name.
        step: The step's id; None for an event of the saga that is about none.
        correlation_id: The saga run's id.
        attempt: The number of the attempt, from 1; None for an event of the saga.
        at: When it happened, in UTC.
        key: What ``key`` says, filled in; the correlation id if it says nothing.
        headers: What ``headers`` says.
        duration_ms: How long it took; None for a start, and unless ``include_timing`` asks for it.
        payload: The step's input, or the saga's; None unless ``include_payload`` asks for it. Fields that
            must not be shown are masked, here and below.
        result: What the step returned, or all steps by their ids; None unless ``include_result`` asks for it.
        error: Why it failed, as ``type`` and ``message``; None unless ``include_result`` asks for it.
        context: The context's values then; None unless ``include_context`` asks for it.
        left_out: The names of those that were asked for and are too large together.
    """

    event_type: str
    topic: str
    saga: str
    step: str | None
    correlation_id: str
    attempt: int | None
    at: datetime
    duration_ms: int | None = None
    payload: Mapping[str, Any] | None = None
    id: str = ""
    key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    result: Mapping[str, Any] | None = None
    error: Mapping[str, str] | None = None
    context: Mapping[str, Any] | None = None
    left_out: tuple[str, ...] = ()

    @classmethod
    def from_item(cls, item: Event) -> SagaEvent:
        """The event that Java sent."""
        return cls(
            id=item.id,
            event_type=item.event_type,
            topic=item.topic,
            saga=item.saga,
            step=item.step,
            correlation_id=item.correlation_id,
            attempt=item.attempt,
            at=_EPOCH + timedelta(milliseconds=item.at_ms),
            key=item.correlation_id if item.key is None else item.key,
            headers=item.headers or {},
            duration_ms=item.duration_ms,
            payload=item.payload,
            result=item.result,
            error=item.error,
            context=item.context,
            left_out=tuple(item.left_out or ()),
        )


@dataclass(frozen=True, slots=True)
class ParkedSaga:
    """A saga run that needs a person.

    Attributes:
        correlation_id: The run's id.
        saga: The saga's name.
        status: PARKED or COMPENSATION_FAILED.
        steps: The ids of the steps that it waits for.
    """

    correlation_id: str
    saga: str
    status: SagaStatus
    steps: tuple[str, ...]

    @classmethod
    def from_item(cls, item: Parked) -> ParkedSaga:
        """The run that Java's item is about."""
        return cls(item.correlation_id, item.saga, SagaStatus(item.status), tuple(item.steps))


E = TypeVar("E", SagaEvent, ParkedSaga)
Listener = Callable[[E], Awaitable[None] | None]


class Listeners(Generic[E]):
    """Hands each event to every listener, to each in the order in which the events came.

    A plain function is called at once. What an ``async def`` has still to do is done one event after the
    other, in the background. A listener that raises is logged and goes on being called.
    """

    def __init__(self) -> None:
        self._queues: list[_Queue[E]] = []

    def add(self, listener: Listener[E]) -> None:
        """Call ``listener`` for every event from now on.

        Raises:
            TypeError: It can't be called with one event.
        """
        if not takes_one_argument(listener):
            name = getattr(listener, "__name__", type(listener).__name__)
            raise TypeError(f"A listener must be callable with one event, got {name}.")
        self._queues.append(_Queue(listener))

    def publish(self, event: E) -> None:
        """Hand the event to all listeners."""
        for queue in self._queues:
            queue.hand_over(event)

    async def drain(self) -> None:
        """Wait until every listener has done with every event that it got."""
        await asyncio.gather(*(queue.drained() for queue in self._queues))

    def close(self) -> None:
        """Drop what async listeners have not done yet."""
        for queue in self._queues:
            queue.close()


class _Queue(Generic[E]):
    """One listener and the events that wait for it; only an async listener lets events wait."""

    def __init__(self, listener: Listener[E]) -> None:
        self._listener: Listener[E] = listener
        self._waiting: deque[E] = deque()
        self._worker: asyncio.Task[None] | None = None

    def hand_over(self, event: E) -> None:
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

    async def _catch_up(self, event: E, rest: Awaitable[None] | None) -> None:
        try:
            await self._finish(event, rest)
            while self._waiting:
                event = self._waiting.popleft()
                await self._finish(event, self._call(event))
        finally:
            self._worker = None

    def _call(self, event: E) -> Awaitable[None] | None:
        try:
            rest = self._listener(event)
        except Exception:
            _complain(event)
            return None
        return rest if inspect.isawaitable(rest) else None

    async def _finish(self, event: E, rest: Awaitable[None] | None) -> None:
        try:
            if rest is not None:
                await rest
        except Exception:
            _complain(event)


def log(event: SagaEvent) -> SagaEvent:
    """Write the event to the log at DEBUG, and give it back."""
    _LOG.debug("Event %s on topic %s.", event.event_type, event.topic, extra=_about(event))
    return event


def _complain(event: SagaEvent | ParkedSaga) -> None:
    what = event.event_type if isinstance(event, SagaEvent) else f"{event.saga} {event.status}"
    _LOG.exception("A listener failed on event %s; it goes on being called.", what, extra=_about(event))


def _about(event: SagaEvent | ParkedSaga) -> dict[str, str | int | None]:
    if isinstance(event, ParkedSaga):
        return extras(correlation_id=event.correlation_id, saga=event.saga)
    return extras(
        correlation_id=event.correlation_id, saga=event.saga, step=event.step, attempt=event.attempt
    )
