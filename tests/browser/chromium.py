"""Debian's Chromium, a program with sagas and a dashboard, and a page that looks at it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from fireflytx import SagaContext, SagaEngine, compensation_step, saga, saga_step
from fireflytx.dashboard.serving import serve
from fireflytx.exceptions import NonRetryableError

STEP_S = 30


class World:
    """What the shop's services do, as long as the test says so."""

    declines: asyncio.Event
    warehouse_answers: bool

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Charging waits, and the warehouse does not answer."""
        self.declines = asyncio.Event()
        self.warehouse_answers = False


world = World()


@saga("order", timeout_ms=3_600_000)
class Order:
    @saga_step("check-stock", compensation=None)
    async def check_stock(self, order: dict[str, Any], context: SagaContext) -> dict[str, Any]:
        context.set_data("warehouse", "north")
        return {"in_stock": True}

    @saga_step("reserve", depends_on="check-stock")
    async def reserve(self, order: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(order.get("pace_s", 0))
        return {"reservation": "R-17", "shelf": "B4"}

    @compensation_step("reserve", retry=2, backoff_ms=100)
    async def release(self, reserved: dict[str, Any]) -> None:
        if not world.warehouse_answers:
            raise RuntimeError("the warehouse does not answer")

    @saga_step("charge", depends_on="reserve", backoff_ms=50)
    async def charge(self, order: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(order.get("pace_s", 0))
        if order.get("waits"):
            await world.declines.wait()
        if order.get("declined") or order.get("waits"):
            raise NonRetryableError("the card was declined")
        return {"charge": "ch_1", "amount": order.get("amount", 10)}

    @compensation_step("charge")
    async def refund(self, charged: dict[str, Any]) -> None: ...

    @saga_step(
        "gift-wrap", depends_on="reserve", condition=lambda order: order.get("gift"), compensation=None
    )
    async def wrap(self, order: dict[str, Any]) -> dict[str, Any]:
        return {"wrapped": True}

    @saga_step("ship", depends_on=["charge", "gift-wrap"], pivot=True)
    async def ship(self, order: dict[str, Any]) -> dict[str, Any]:
        return {"tracking": "1Z999"}


@saga("transfer")
class Transfer:
    @saga_step("send", retry=1, timeout_ms=20, in_doubt="park", compensation=None)
    async def send(self, data: dict[str, Any]) -> None:
        await asyncio.sleep(60)


@asynccontextmanager
async def dashboard(
    store: str = "memory", say: Callable[[str], None] = lambda link: None
) -> AsyncIterator[tuple[SagaEngine, str]]:
    """An engine with its dashboard, and the link to it; ``say`` is told of each further one, too."""
    world.reset()
    link: asyncio.Queue[str] = asyncio.Queue()

    def tell(address: str) -> None:
        link.put_nowait(address)
        say(address)

    async with SagaEngine(store, shutdown_timeout_ms=0) as engine:
        for cls in (Order, Transfer):
            engine.register(cls)
        serving = asyncio.create_task(serve(engine, host="127.0.0.1", port=0, say=tell))
        try:
            yield engine, await asyncio.wait_for(link.get(), STEP_S)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser without a window."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox"] if is_root else []
        )
        try:
            yield browser
        finally:
            await browser.close()


async def enter(page: Page, link: str) -> None:
    """Follow a link with a token to the overview."""
    await page.goto(link)
    await page.get_by_role("heading", name="Overview").wait_for()
