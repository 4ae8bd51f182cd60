"""What open pages are told while something changes: one look at the engine for all who watch the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from fireflytx._tasks import background
from fireflytx.exceptions import FireflyTxError

T = TypeVar("T")

Look = Callable[[T | None], Awaitable[T | None]]
"""Looks again: what there is now, given what was seen last; None if nothing has changed."""


class _Feed(Generic[T]):
    """Looks every so often, as long as anybody watches."""

    def __init__(self, look: Look[T], every_s: float) -> None:
        self._look = look
        self._every_s = every_s
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.watchers = 0
        self.seen: T | None = None
        self.is_over = False

    def begin(self) -> None:
        self.watchers += 1
        if self._task is None:
            self._task = background(self._run(), name="fireflytx-dashboard")

    def end(self) -> None:
        self.watchers -= 1
        if self.watchers == 0 and self._task is not None:
            self._task.cancel()

    async def changed(self, from_: T | None) -> None:
        """Until something else than ``from_`` has been seen."""
        while self.seen is from_ and not self.is_over:
            await self._news.wait()

    async def _run(self) -> None:
        try:
            while True:
                found = await self._look(self.seen)
                if found is not None:
                    self.seen = found
                    self._tell()
                await asyncio.sleep(self._every_s)
        except FireflyTxError:
            pass  # gone, or the engine is: the page that is asked for next says which
        finally:
            self.is_over = True
            self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class Feeds:
    """All feeds that somebody watches, by what they are about."""

    def __init__(self) -> None:
        self._feeds: dict[tuple[str, ...], _Feed[Any]] = {}
        self.watchers = 0

    async def watch(
        self, key: tuple[str, ...], look: Look[T], *, every_s: float, silent_s: float
    ) -> AsyncIterator[T | None]:
        """What there is, and then whatever follows it; None whenever nothing has for ``silent_s``.

        Ends when looking fails. All watchers of a key share one who looks.
        """
        feed: _Feed[T] = self._feed(key, look, every_s)
        feed.begin()
        self.watchers += 1
        last: T | None = None
        try:
            while not feed.is_over or feed.seen is not last:
                with suppress(TimeoutError):
                    async with asyncio.timeout(silent_s):
                        await feed.changed(last)
                if feed.seen is not last:
                    last = feed.seen
                    yield last
                elif not feed.is_over:
                    yield None
        finally:
            self.watchers -= 1
            feed.end()
            if feed.watchers == 0 and self._feeds.get(key) is feed:
                del self._feeds[key]

    def _feed(self, key: tuple[str, ...], look: Look[T], every_s: float) -> _Feed[T]:
        known = self._feeds.get(key)
        if known is None or known.is_over:
            known = self._feeds[key] = _Feed(look, every_s)
        return known
