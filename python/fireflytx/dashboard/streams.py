"""Server-sent events: the parts of an open page that have changed, as HTML."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import orjson
from starlette.responses import Response, StreamingResponse

from fireflytx.dashboard.gate import Visit
from fireflytx.dashboard.live import Feeds
from fireflytx.dashboard.pages import Pages
from fireflytx.dashboard.rendering import common, render
from fireflytx.engine import SagaEngine
from fireflytx.inspection.waiting import FINAL
from fireflytx.queries import HistoryFact
from fireflytx.standing import SagaInspection

OVERVIEW_EVERY_S = 2.0
SAGA_EVERY_S = 0.5
# A comment that keeps proxies from closing a silent stream, and shows whether the browser is still there.
SILENT_S = 10.0
# Then the browser asks again: a server that is being stopped waits for its streams.
LONGEST_S = 30.0
MOST_STREAMS = 200
_AGAIN_AFTER_MS = 1_000

Seen = tuple[SagaInspection, Sequence[HistoryFact]]


class Streams:
    """Streams to the open pages of a dashboard."""

    def __init__(self, engine: SagaEngine, pages: Pages) -> None:
        self._engine = engine
        self._pages = pages
        self._feeds = Feeds()

    async def overview(self, visit: Visit) -> Response:
        """The overview's parts, whenever a number changes."""

        async def look(seen: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
            found = await self._pages.overview_data()
            return None if found == seen else found

        found = self._feeds.watch(("overview",), look, every_s=OVERVIEW_EVERY_S, silent_s=SILENT_S)
        return self._stream(found, lambda data: _parts(visit, ["overview"], "_overview.html", **data))

    async def saga(self, visit: Visit) -> Response:
        """A saga's parts, whenever something happens to it."""
        correlation_id = visit.asked("id")

        async def look(seen: Seen | None) -> Seen | None:
            if seen is None:
                return await self._pages.look(correlation_id)
            saga = await self._engine.inspect(correlation_id, newer_than=seen[0].version)
            return None if saga is None else (saga, await self._engine.history(correlation_id))

        def said(seen: Seen) -> bytes:
            names = ["head", "actions", "graph", "steps", "timeline", "values", "facts"]
            return _parts(visit, names, "_saga.html", **self._pages.saga_data(visit, *seen))

        found = self._feeds.watch(("saga", correlation_id), look, every_s=SAGA_EVERY_S, silent_s=SILENT_S)
        return self._stream(found, said, is_last=lambda seen: seen[0].status in FINAL)

    def _stream(
        self,
        found: AsyncIterator[Any],
        said: Callable[[Any], bytes],
        is_last: Callable[[Any], bool] = lambda seen: False,
    ) -> Response:
        if self._feeds.watchers >= MOST_STREAMS:
            return Response("Too many pages are open.", 503)
        headers = {"X-Accel-Buffering": "no"}  # or nginx holds events back
        return StreamingResponse(
            _events(found, said, is_last), media_type="text/event-stream", headers=headers
        )


async def _events(
    found: AsyncIterator[Any], said: Callable[[Any], bytes], is_last: Callable[[Any], bool]
) -> AsyncIterator[bytes]:
    yield b"retry: %d\n\n" % _AGAIN_AFTER_MS
    async with aclosing(found) as each_found:  # type: ignore[type-var]
        try:
            async with asyncio.timeout(LONGEST_S):
                async for seen in each_found:
                    if seen is None:
                        yield b": nothing new\n\n"
                        continue
                    yield b"event: parts\ndata: " + said(seen) + b"\n\n"
                    if is_last(seen):
                        yield b"event: end\ndata: {}\n\n"
                        return
        except TimeoutError:
            return


def _parts(visit: Visit, names: Sequence[str], template: str, **context: Any) -> bytes:
    """The page's title and its parts, as one line of JSON."""
    shared = {**common(visit), **context}
    parts = {name: render(template, part=name, **shared) for name in names}
    return orjson.dumps({"title": render("_title.html", **shared), "parts": parts})
