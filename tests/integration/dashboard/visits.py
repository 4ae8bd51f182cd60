"""Sagas that fail in every way, and a browser that visits the dashboard that shows them."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx

from fireflytx import compensation_step, saga, saga_step
from fireflytx.exceptions import NonRetryableError

TOKEN = "the-token-of-this-test"
HOST = "http://127.0.0.1"


class Warehouse:
    """Whether what was reserved can be released."""

    is_open = False


warehouse = Warehouse()


@saga("trip")
class Trip:
    @saga_step("hotel")
    async def hotel(self, trip: dict[str, Any]) -> dict[str, Any]:
        return {"booking": trip.get("booking", "B-1")}

    @compensation_step("hotel", retry=1)
    async def leave(self, booked: dict[str, Any]) -> None:
        if not warehouse.is_open:
            raise RuntimeError("the hotel does not answer")

    @saga_step("flight", depends_on="hotel", compensation=None)
    async def flight(self, trip: dict[str, Any]) -> dict[str, Any]:
        if "error" in trip:
            raise NonRetryableError(trip["error"])
        return {}


@saga("transfer")
class Transfer:
    @saga_step("send", retry=1, timeout_ms=20, in_doubt="park", compensation=None)
    async def send(self, data: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(60)
        return {}


@saga("slow")
class Slow:
    @saga_step("wait", compensation=None)
    async def wait(self, data: dict[str, Any]) -> None:
        await asyncio.sleep(3600)


def client_of(app: Any, **options: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=("10.0.0.7", 1234))
    return httpx.AsyncClient(transport=transport, base_url=HOST, **options)


def csrf_of(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found is not None, page.text
    return found.group(1)


async def order_on(
    client: httpx.AsyncClient, correlation_id: str, action: str, **fields: str
) -> httpx.Response:
    """What a click on an action's button sends."""
    page = await client.get("/saga", params={"id": correlation_id})
    form = {"csrf": csrf_of(page), "id": correlation_id, "action": action, "reason": "the test", **fields}
    return await client.post("/decide", data=form, headers={"origin": HOST, "sec-fetch-site": "same-origin"})


def actions_in(page: str) -> list[str]:
    return re.findall(r'name="action" value="([a-z-]+)"', page)
