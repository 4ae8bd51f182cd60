"""A saga run as it goes on: its facts one by one, from the first to the one that ends it or parks it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from fireflytx._tasks import background
from fireflytx.exceptions import FireflyTxError
from fireflytx.queries import HistoryFact
from fireflytx.result import SagaStatus

_UNDER_WAY = frozenset({SagaStatus.RUNNING, SagaStatus.COMPENSATING})
_SHORTEST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.5


async def follow(
    status: Callable[[], Awaitable[SagaStatus]],
    facts: Callable[[int], Awaitable[Sequence[HistoryFact]]],
    rest: Callable[[], Awaitable[object]],
) -> AsyncGenerator[HistoryFact, None]:
    """The run's facts, those that are there at once and the others as they come.

    Looks for new ones often while there are some, and up to twice a second when there are none.

    Args:
        status: How the run stands.
        facts: Its facts without so many first ones.
        rest: Returns when the run has ended or waits for a person; may fail where nobody can tell.
    """
    known, pause_s = 0, _SHORTEST_PAUSE_S
    at_rest = background(_waited_for(rest), name="fireflytx-progress")
    try:
        while True:
            stands = await status()  # before its facts: then those that led there are among them
            new = await facts(known)
            for fact in new:
                yield fact
            if stands not in _UNDER_WAY:
                return
            known += len(new)
            pause_s = _SHORTEST_PAUSE_S if new else min(2 * pause_s, _LONGEST_PAUSE_S)
            await _pause(pause_s, at_rest)
    finally:
        at_rest.cancel()
        await asyncio.wait([at_rest])


async def _waited_for(rest: Callable[[], Awaitable[object]]) -> None:
    with contextlib.suppress(FireflyTxError):  # such as an unknown class: then looking has to do
        await rest()


async def _pause(pause_s: float, at_rest: asyncio.Task[None]) -> None:
    if at_rest.done():
        await asyncio.sleep(pause_s)
    else:
        await asyncio.wait([at_rest], timeout=pause_s)
