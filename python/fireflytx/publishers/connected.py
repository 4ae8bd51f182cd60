"""What publishers with a connection have in common: order, time limits, refusals, and quiet libraries."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Literal

from fireflytx.cloud_event import CloudEvent
from fireflytx.exceptions import EventRefusedError, PublishError
from fireflytx.logs import LOGGER, extras

OnRefusal = Literal["retry", "drop"]

_CLOSE_S = 1.5


class ConnectedPublisher(ABC):
    """Hands over events one after the other where order matters, and side by side where it doesn't.

    The next event of a saga, or of a key, leaves only when the one before it was confirmed. So whatever gets
    lost, is repeated or arrives late, an event is never seen for the first time before those ahead of it.

    A publisher says how to connect, to send and to disconnect; each is cut off after ``timeout_ms``.

    Args:
        place: Whom it publishes to, for messages; without passwords.
        timeout_ms: How long connecting, or one event (or the few that are sent at once), may take.
        on_refusal: What becomes of an event that the other side refuses for good: ``retry`` keeps it and all
            behind it until it is taken, ``drop`` logs its id at ERROR and goes on.
        side_by_side: How many sagas' events are on their way at once.
        most_at_once: How many events are sent at once.
    """

    def __init__(
        self,
        place: str,
        *,
        timeout_ms: int,
        on_refusal: OnRefusal,
        side_by_side: int = 1,
        most_at_once: int = 1,
    ) -> None:
        if on_refusal not in ("retry", "drop"):
            raise ValueError(f"on_refusal must be 'retry' or 'drop', not {on_refusal!r}.")
        if timeout_ms < 1:
            raise ValueError(
                f"timeout_ms must be a whole number of milliseconds from 1 on, not {timeout_ms!r}."
            )
        self._place = f"{type(self).__name__} at {place}"
        self._timeout_ms = timeout_ms
        self._on_refusal = on_refusal
        self._side_by_side = side_by_side
        self._most_at_once = most_at_once
        self._is_open = False

    async def open(self) -> None:
        """Connect, if that is not done yet.

        Raises:
            PublishError: the other side can't be reached, or not within ``timeout_ms``.
        """
        if self._is_open:
            return
        with _hushed():
            try:
                async with self._limited("no connection"):
                    await self._connect()
            except BaseException:
                await self._let_go()
                raise
        self._is_open = True

    async def publish(self, events: Sequence[CloudEvent]) -> None:
        """Return when the other side has confirmed all ``events``, or refused those that may be dropped.

        Raises:
            EventRefusedError: it refuses an event for good, and ``on_refusal`` is ``retry``.
            PublishError: it could not be reached, or did not confirm an event within ``timeout_ms``.
        """
        await self.open()
        lanes = lanes_of(events) if self._side_by_side > 1 else [list(events)]
        places = asyncio.Semaphore(self._side_by_side)
        with _hushed():
            try:
                async with asyncio.TaskGroup() as tasks:
                    for lane in lanes:
                        tasks.create_task(self._send_lane(lane, places))
            except BaseExceptionGroup as failed:
                raise failed.exceptions[0] from None

    async def close(self) -> None:
        """Disconnect, in 1.5 s at most; ``open`` or ``publish`` connect again."""
        self._is_open = False
        with _hushed():
            await self._let_go()

    @abstractmethod
    async def _connect(self) -> None:
        """Connect anew; nothing is left of an earlier connection."""

    @abstractmethod
    async def _send(self, events: Sequence[CloudEvent]) -> None:
        """Return when these few are confirmed; raise :class:`EventRefusedError` if one never will be."""

    @abstractmethod
    async def _disconnect(self) -> None:
        """Let go of everything, also of a connection that was made by half or is lost."""

    async def _let_go(self) -> None:
        # Nothing is waiting for an answer any more, so whatever goes wrong is of no consequence.
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_CLOSE_S):
                await self._disconnect()

    async def _send_lane(self, lane: Sequence[CloudEvent], places: asyncio.Semaphore) -> None:
        async with places:
            for begin in range(0, len(lane), self._most_at_once):
                await self._deliver(lane[begin : begin + self._most_at_once])

    async def _deliver(self, events: Sequence[CloudEvent]) -> None:
        try:
            async with self._limited(f"event {events[0].id} was not confirmed"):
                await self._send(events)
        except EventRefusedError as refused:
            if len(events) > 1:
                # One of them is to blame. The halves go on their own, so that the others get through.
                half = len(events) // 2
                await self._deliver(events[:half])
                await self._deliver(events[half:])
                return
            told = f"{self._place} refuses event {events[0].id}: {refused}"
            if self._on_refusal == "retry":
                raise EventRefusedError(told) from None
            LOGGER.error("%s It is dropped.", told, extra=extras(correlation_id=events[0].subject))

    @contextlib.asynccontextmanager
    async def _limited(self, failure: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._timeout_ms / 1000):
                yield
        except TimeoutError:
            raise PublishError(
                f"{self._place}: {failure} within {self._timeout_ms} ms{self._hint()}."
            ) from None
        except PublishError:
            raise
        except Exception as error:
            raise PublishError(f"{self._place}: {failure}: {_said(error)}") from error

    def _hint(self) -> str:
        """What else is known when time ran out, to stand behind the sentence."""
        return ""


def lanes_of(events: Sequence[CloudEvent]) -> list[list[CloudEvent]]:
    """The events in order, apart where it doesn't matter: those of one saga or of one key are in one lane."""
    lanes: dict[int, list[CloudEvent]] = {}
    lane_of: dict[tuple[str, str, str], int] = {}
    for number, event in enumerate(events):
        names = [("saga", event.source, event.subject), ("key", event.topic, event.key)]
        joined = {lane_of[name] for name in names if name in lane_of} or {number}
        if len(joined) > 1:
            return [
                list(events)
            ]  # a key that several sagas share ties them together: one lane is always right
        (lane,) = joined
        lanes.setdefault(lane, []).append(event)
        lane_of.update(dict.fromkeys(names, lane))
    return list(lanes.values())


def require(library: str, *below: str, extra: str, publisher: str) -> None:
    """Import the library of an extra, and keep its log to itself while a publisher uses it.

    Args:
        library: What the publisher imports.
        below: Libraries that this one uses, and whose logs are kept to themselves, too.
        extra: What brings it.
        publisher: Who needs it.

    Raises:
        ImportError: it is not installed; the message names the extra.
    """
    try:
        importlib.import_module(library)
    except ImportError as error:
        raise ImportError(
            f"{publisher} needs '{library}', which can't be imported ({error}). "
            f"Install it: pip install 'fireflytx[{extra}]'."
        ) from error
    quiet = {library.split(".")[0], *below}
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in quiet:
            logging.getLogger(name).addFilter(_is_for_others)


def checked_options(options: Mapping[str, Any] | None, own: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a client: those of the publisher, and the user's, which may not say otherwise.

    Raises:
        ValueError: both say the same option.
    """
    both = sorted(set(options or {}) & set(own))
    if both:
        raise ValueError(f"client_options can't set {', '.join(both)}: the publisher does that itself.")
    return {**(options or {}), **own}


# Set while a publisher works, and in the tasks that its library starts meanwhile.
_hushing: ContextVar[bool] = ContextVar("fireflytx_hushing", default=False)


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    token = _hushing.set(True)
    try:
        yield
    finally:
        _hushing.reset(token)


def _is_for_others(record: logging.LogRecord) -> bool:
    """Whether a library's log line shows: what fails here is raised, and the engine says it once."""
    return not _hushing.get() or record.levelno <= logging.DEBUG


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
