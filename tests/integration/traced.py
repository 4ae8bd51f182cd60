"""Sagas for the tests of traces, and what their steps are to do."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.integration.recorder import Recorder

from fireflytx import compensation_step, saga, saga_step


class World:
    """What the steps below do."""

    recorder: Recorder
    broken = False
    begun: asyncio.Event
    release: asyncio.Event

    def begin_afresh(self, recorder: Recorder) -> None:
        """Nothing has happened yet, and nothing is broken."""
        self.recorder, self.broken = recorder, False
        self.begun, self.release = asyncio.Event(), asyncio.Event()


world = World()


@saga("order")
class Order:
    @saga_step("reserve", compensation=None)
    async def reserve(self, order: dict[str, Any]) -> dict[str, Any]:
        with world.recorder.tracer.start_as_current_span("query"):
            await asyncio.sleep(0)
        return {"reservation": "R-1"}

    @saga_step("charge", depends_on="reserve", compensation=None)
    def charge(self, order: dict[str, Any]) -> None:
        with world.recorder.tracer.start_as_current_span("payment"):
            pass


@saga("slow")
class Slow:
    @saga_step("wait", compensation=None)
    async def wait(self, data: dict[str, Any]) -> None:
        world.begun.set()
        await world.release.wait()


@saga("refused")
class Refused:
    @saga_step("reserve")
    async def reserve(self, order: dict[str, Any]) -> None:
        pass

    @compensation_step("reserve")
    async def free(self, reserved: dict[str, Any]) -> None:
        pass

    @saga_step("charge", depends_on="reserve", retry=2, backoff_ms=1)
    async def charge(self, order: dict[str, Any]) -> None:
        raise ConnectionError("the bank is closed")


@saga("parking")
class Parking:
    @saga_step("transfer", retry=1, timeout_ms=50, in_doubt="park")
    async def transfer(self, data: dict[str, Any]) -> None:
        if world.broken:
            await asyncio.sleep(60)
