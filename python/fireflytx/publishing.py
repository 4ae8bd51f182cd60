"""From the journal to the publishers: every event to each of them, in order, until each has taken it.

Private to the package. Java hands out so many events at once and no more, and keeps each until all publishers
have it; so nothing here grows while a broker is down, and a publisher that stands still lets the others go
ahead by that much.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fireflytx._bridge import messages
from fireflytx._bridge.items import Event, Publish
from fireflytx._tasks import background
from fireflytx.cloud_event import CloudEvent
from fireflytx.logs import LOGGER, extras
from fireflytx.publishers.base import Publisher
from fireflytx.queries import time_of

if TYPE_CHECKING:
    from tenacity import AsyncRetrying, RetryCallState

_MOST_PER_CALL = 100
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_LONGEST_CALL_S = 60.0
_LONGEST_CLOSE_S = 2.0


class Publishing:
    """Hands each event to every publisher, and tells Java what has arrived everywhere.

    Args:
        publishers: Who takes events; with none nothing ever comes.
        post: Says an item to Java.
        place: Where events wait meanwhile, for people: a file's name; None for memory.
    """

    def __init__(
        self, publishers: Iterable[Publisher], post: Callable[[bytes], object], place: str | None
    ) -> None:
        waits = "in memory" if place is None else f"in '{place}'"
        self._lanes = [_Lane(each, self._advanced, waits) for each in publishers]
        self._post = post
        self._place = place
        self._fence = 0
        self._heard = 0
        self._acknowledged = 0

    def begin(self, fence: int) -> None:
        """A session has begun with the engine process of this fence; another one than before counts anew.

        What the one before had handed out and not seen acknowledged comes again.
        """
        if fence == self._fence:
            return
        self._fence = fence
        self._heard = self._acknowledged = 0
        for lane in self._lanes:
            lane.begin_anew()

    def hear(self, item: Publish) -> None:
        """Take an event; one that was said twice counts once."""
        if item.position <= self._heard:
            return
        self._heard = item.position
        event = cloud_event(item)
        for lane in self._lanes:
            lane.take(item.position, event)

    async def close(self) -> None:
        """End all publishers; what they have not taken stays where it is, and that is told."""
        waiting = self._heard - self._acknowledged
        if waiting and self._place is not None:
            LOGGER.info(
                "At least %d events are not published yet; they wait in '%s' for the next engine that has "
                "publishers.",
                waiting,
                self._place,
                extra=extras(),
            )
        elif waiting:
            LOGGER.warning(
                "At least %d events were not published; they were in memory, and are lost.",
                waiting,
                extra=extras(),
            )
        self._heard = self._acknowledged
        await asyncio.gather(*(lane.close() for lane in self._lanes))

    def kill_now(self) -> None:
        """End the background work at once, silently; also while the loop doesn't run."""
        for lane in self._lanes:
            lane.kill_now()

    def _advanced(self) -> None:
        arrived = min(lane.done for lane in self._lanes)
        if arrived > self._acknowledged:
            self._acknowledged = arrived
            self._post(messages.published(self._fence, arrived))


class _Lane:
    """One publisher and the events that wait for it."""

    def __init__(self, publisher: Publisher, advanced: Callable[[], None], waits: str) -> None:
        self.done = 0
        self._publisher = publisher
        self._advanced = advanced
        self._waits = waits
        self._waiting: deque[tuple[int, CloudEvent]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._round = 0
        self._is_open = False
        self._is_failing = False
        self._most_per_call = _MOST_PER_CALL

    def begin_anew(self) -> None:
        self._round += 1
        self._waiting.clear()
        self.done = 0

    def take(self, position: int, event: CloudEvent) -> None:
        self._waiting.append((position, event))
        if self._worker is None:
            self._worker = background(self._work(), name="fireflytx-publisher")

    def kill_now(self) -> None:
        if self._worker is not None and not self._worker.get_loop().is_closed():
            self._worker.cancel()

    async def close(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.cancel()
            await asyncio.wait([worker])
        await self._close_publisher()

    async def _work(self) -> None:
        try:
            patiently = self._retrying()
            while self._waiting:
                await patiently(self._deliver)
        except Exception:
            LOGGER.exception("Publishing has stopped; this is a defect of FireflyTX.", extra=extras())
        finally:
            self._worker = None

    def _retrying(self) -> AsyncRetrying:
        from tenacity import AsyncRetrying, retry_if_exception_type, wait_exponential, wait_random

        return AsyncRetrying(
            retry=retry_if_exception_type(Exception),
            wait=wait_exponential(multiplier=_FIRST_PAUSE_S, max=_LONGEST_PAUSE_S)
            + wait_random(0, _FIRST_PAUSE_S),
            before_sleep=self._note_failure,
        )

    async def _deliver(self) -> None:
        """Hand over the first that wait; they go on waiting until the publisher has returned."""
        this_round = self._round
        batch = [self._waiting[index] for index in range(min(len(self._waiting), self._most_per_call))]
        if not batch:
            return  # another engine process hands them out again
        try:
            async with asyncio.timeout(_LONGEST_CALL_S):
                await self._open_publisher()
                await self._publisher.publish([event for _, event in batch])
        except Exception:
            self._most_per_call = max(1, len(batch) // 2)  # fewer may get through, and are fewer to repeat
            await self._close_publisher()
            raise
        self._most_per_call = _MOST_PER_CALL
        self._note_success()
        if this_round == self._round:
            for _ in batch:
                self._waiting.popleft()
            self.done = batch[-1][0]
            self._advanced()

    async def _open_publisher(self) -> None:
        if not self._is_open:
            await self._publisher.open()
            self._is_open = True

    async def _close_publisher(self) -> None:
        self._is_open = False
        with contextlib.suppress(Exception):  # it is of no use any more, whatever it says
            async with asyncio.timeout(_LONGEST_CLOSE_S):
                await self._publisher.close()

    def _note_failure(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome is not None else None
        level = "debug" if self._is_failing else "warning"
        self._is_failing = True
        getattr(LOGGER, level)(
            "%s can't publish events: %s: %s. It is tried again until it can; meanwhile they wait %s.",
            type(self._publisher).__name__,
            type(error).__name__,
            error,
            self._waits,
            extra=extras(),
        )

    def _note_success(self) -> None:
        if self._is_failing:
            self._is_failing = False
            LOGGER.info("%s publishes events again.", type(self._publisher).__name__, extra=extras())


def check_publishers(publishers: Any) -> tuple[Publisher, ...]:
    """The publishers as a tuple.

    Raises:
        TypeError: they are not several, or one of them is no publisher.
    """
    if isinstance(publishers, Publisher):
        raise TypeError(f"publishers must be several, such as [{type(publishers).__name__}(...)].")
    found: Sequence[Any] = tuple(publishers)
    for each in found:
        if isinstance(each, type) or not isinstance(each, Publisher):
            name = getattr(each, "__name__", type(each).__name__)
            hint = f" Wrap a function: InProcess({name})." if callable(each) else ""
            raise TypeError(f"publishers must have open, publish and close, which {name} has not.{hint}")
    return tuple(found)


def cloud_event(item: Event) -> CloudEvent:
    """An event of Java's as publishers get it."""
    told = {
        "saga": item.saga,
        "correlation_id": item.correlation_id,
        "step": item.step,
        "attempt": item.attempt,
        "duration_ms": item.duration_ms,
        "payload": item.payload,
        "result": item.result,
        "error": item.error,
        "context": item.context,
        "left_out": item.left_out,
    }
    return CloudEvent(
        id=item.id,
        source=f"/fireflytx/{quote(item.saga, safe='')}",
        type=item.event_type,
        subject=item.correlation_id,
        time=time_of(item.at_ms),
        topic=item.topic,
        key=item.correlation_id if item.key is None else item.key,
        headers=item.headers or {},
        data={name: value for name, value in told.items() if value is not None},
    )
