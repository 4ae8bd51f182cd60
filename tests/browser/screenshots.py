"""Takes the pictures of docs/dashboard.md: python -m tests.browser.screenshots [FOLDER]."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Browser, Page
from tests.browser.chromium import Order, Transfer, chromium, dashboard, enter, world

from fireflytx import SagaEngine

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WIDTH = 1240
PAGES = {
    "overview": ("/", 640),
    "sagas": ("/sagas?status=COMPLETED", 640),
    "saga": ("/saga?id=order-1042", 1100),
    "parked": ("/parked?kind=undo", 640),
}


async def fill(engine: SagaEngine) -> None:
    """A shop on a usual day, with two orders that need a person."""
    world.warehouse_answers = True
    for number in range(1_001, 1_041):
        order = {
            "item": "lamp",
            "amount": number % 7 + 1,
            "gift": number % 3 == 0,
            "declined": number % 9 == 0,
        }
        await engine.execute(Order, order, correlation_id=f"order-{number}")
    world.warehouse_answers = False
    for number in (1_041, 1_042):
        order = {"item": "lamp", "amount": 2, "declined": True, "pace_s": 0.05}
        await engine.execute(Order, order, correlation_id=f"order-{number}")
    await engine.execute(Transfer, correlation_id="transfer-7")
    for number in (1_043, 1_044, 1_045):
        await engine.start(
            Order, {"item": "desk", "amount": 1, "waits": True}, correlation_id=f"order-{number}"
        )


async def take(browser: Browser, base: str, link: str, scheme: str, folder: Path) -> None:
    """Pictures of the main pages, light or dark."""
    context = await browser.new_context(color_scheme=scheme, viewport={"width": WIDTH, "height": 640})  # type: ignore[arg-type]
    page: Page = await context.new_page()
    await enter(page, link)
    for name, (path, height) in PAGES.items():
        await page.set_viewport_size({"width": WIDTH, "height": height})
        await page.goto(base + path)
        if name == "parked":
            await page.locator("summary", has_text="Mark as undone").first.click()
        if name in {"overview", "saga"}:
            await page.locator("#live").wait_for()
        await page.screenshot(path=folder / f"dashboard-{name}-{scheme}.png")
    await context.close()


async def main(folder: Path) -> None:
    """Take all pictures."""
    links: list[str] = []
    async with dashboard(say=links.append) as (engine, link), chromium() as browser:
        await fill(engine)
        for scheme in ("light", "dark"):
            await take(browser, link.partition("/enter")[0], links[-1], scheme, folder)


if __name__ == "__main__":
    into = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    into.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(into))
