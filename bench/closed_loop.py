"""A closed loop: so many sagas in flight, each followed by the next as soon as it has ended."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable


class ClosedLoop:
    """Keeps sagas in flight, and notes how long each took that ended while it was being measured.

    Attributes:
        latencies_s: How long the sagas took that ended since :meth:`forget`.
    """

    def __init__(self, run_saga: Callable[[int], Awaitable[None]], in_flight: int) -> None:
        self.latencies_s: list[float] = []
        self._run_saga = run_saga
        self._in_flight = in_flight
        self._numbers = itertools.count()
        self._places: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """Start as many sagas as are to be in flight."""
        self._places = {asyncio.create_task(self._drive()) for _ in range(self._in_flight)}

    def forget(self) -> None:
        """Begin to note anew."""
        self.latencies_s.clear()

    async def let_run(self, at_least_s: float, at_most_s: float) -> None:
        """Wait so long; longer, up to the limit, while fewer sagas have ended than are in flight.

        Raises:
            Exception: what a saga raised; then nothing was measured.
        """
        begun_s = time.perf_counter()
        await self._wait(at_least_s)
        while len(self.latencies_s) < self._in_flight and time.perf_counter() - begun_s < at_most_s:
            await self._wait(0.1)

    async def _drive(self) -> None:
        for number in self._numbers:
            begun_s = time.perf_counter()
            await self._run_saga(number)
            self.latencies_s.append(time.perf_counter() - begun_s)
            await asyncio.sleep(0)  # a saga that never waits would let nobody end the loop

    async def _wait(self, seconds: float) -> None:
        failed, _ = await asyncio.wait(self._places, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for place in failed:
            place.result()
