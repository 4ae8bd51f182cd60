"""The dashboard in a real browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

pytest.importorskip("playwright", reason="make test-browser installs Playwright")

from playwright.async_api import Browser, Page, expect
from tests.browser.chromium import Order, chromium, dashboard, enter, world

from fireflytx import saga, saga_step

pytestmark = [pytest.mark.asyncio, pytest.mark.long, pytest.mark.integration]


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


class Complaints(list[str]):
    """What a page's console and its scripts complain about."""

    def of(self, page: Page) -> None:
        page.on("console", lambda line: self.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("dialog", lambda dialog: self.append(f"dialog: {dialog.message}"))


async def test_a_saga_is_seen_live_fails_to_be_undone_is_retried_by_a_click_and_ends(
    browser: Browser,
) -> None:
    complaints = Complaints()
    async with dashboard() as (engine, link):
        page = await browser.new_page()
        complaints.of(page)
        await enter(page, link)
        await expect(page.get_by_text("No sagas yet.")).to_be_visible()

        await engine.start(Order, {"waits": True}, correlation_id="order-17")
        await page.get_by_role("link", name="order-17").click()  # it appears without a reload
        await expect(page.locator('[data-step="charge"]')).to_have_class(re.compile("state-running"))
        await expect(page).to_have_title(re.compile("^RUNNING"))

        await page.locator("summary", has_text="Input").click()
        world.declines.set()
        await expect(page.get_by_role("heading", name="Waits for a person")).to_be_visible()
        await expect(page).to_have_title(re.compile("^COMPENSATION FAILED"))
        await expect(page.get_by_text('"waits": true')).to_be_visible()  # what was opened stays open

        world.warehouse_answers = True
        await page.locator("summary", has_text="Try again").click()
        await page.get_by_label("Reason").first.fill("the warehouse is back")
        await page.get_by_role("button", name="Try again").click()
        await expect(page.get_by_text("The compensations are tried again.")).to_be_visible()
        await expect(page).to_have_title(re.compile("^COMPENSATED"))
        await expect(page.locator('[data-step="reserve"]')).to_have_class(re.compile("state-compensated"))
        await expect(page.get_by_text("the warehouse is back")).to_be_visible()
    assert complaints == []


async def test_a_reason_that_is_being_typed_outlives_a_change_of_the_saga(browser: Browser) -> None:
    async with dashboard() as (engine, link):
        page = await browser.new_page()
        await enter(page, link)
        await engine.start(Order, {"waits": True}, correlation_id="order-17")
        await page.get_by_role("link", name="order-17").click()
        await page.locator("summary", has_text="Cancel").click()
        await page.get_by_label("Reason").fill("the customer cal")
        world.declines.set()
        await expect(page).to_have_title(re.compile("^COMPENSATION FAILED"))
        await expect(page.get_by_label("Reason")).to_have_value("the customer cal")
        await expect(page.get_by_text("The saga has changed meanwhile")).to_be_visible()


async def test_what_a_saga_holds_is_never_run(browser: Browser) -> None:
    evil = "<img src=x onerror=alert(1)><script>alert(1)</script>\u202e"
    complaints = Complaints()

    @saga(f"{evil}saga")
    class Evil:
        @saga_step(f"{evil}step", compensation=None)
        async def step(self, data: dict[str, Any]) -> dict[str, Any]:
            return {evil: evil}

    async with dashboard() as (engine, link):
        await engine.execute(Evil, {evil: evil}, correlation_id=f"{evil}id")
        page = await browser.new_page()
        complaints.of(page)
        await enter(page, link)
        await page.get_by_role("link", name="<img").nth(-1).click()
        await expect(page.get_by_role("heading", name="History")).to_be_visible()
        assert await page.locator("main img, main script").count() == 0
        assert await page.locator("svg.saga-graph .step").count() == 1
    assert complaints == []


async def test_the_pages_work_without_javascript(browser: Browser) -> None:
    async with dashboard() as (engine, link):
        await engine.execute(Order, {"declined": True}, correlation_id="order-17")
        world.warehouse_answers = True
        page = await (await browser.new_context(java_script_enabled=False)).new_page()
        await enter(page, link)
        await page.get_by_role("link", name="Needs a person").click()
        await page.get_by_role("link", name="Compensations that failed").click()
        await page.locator("summary", has_text="Try again").click()
        await page.get_by_label("Reason").first.fill("the warehouse is back")
        await page.get_by_role("button", name="Try again").click()
        await expect(page.get_by_text("The compensations are tried again.")).to_be_visible()
        await (await engine.get("order-17")).result()


async def test_a_page_of_another_site_can_neither_act_nor_frame_the_dashboard(browser: Browser) -> None:
    async with dashboard() as (engine, link):
        await engine.start(Order, {"waits": True}, correlation_id="order-17")
        context = await browser.new_context()
        page = await context.new_page()
        await enter(page, link)
        base = link.partition("/enter")[0]
        form = f"""<iframe src="{base}/"></iframe><form method=post action="{base}/decide">
            <input name=id value=order-17><input name=action value=cancel><input name=reason value=x>
            <button>Win a prize</button></form>"""
        await context.route(
            "http://evil.test/", lambda route: route.fulfill(body=form, content_type="text/html")
        )
        await page.goto("http://evil.test/")
        assert await page.frames[1].get_by_role("heading", name="Overview").count() == 0
        await page.get_by_role("button", name="Win a prize").click()
        await expect(page.get_by_text("This request was not answered")).to_be_visible()
        assert await (await engine.get("order-17")).status() == "RUNNING"
