"""Every example, run as a person runs it."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
import pytest_asyncio

from fireflytx import SagaEngine

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
SHARED = {"command", "services"}
ORDER = {
    "order_id": "ORD-1",
    "customer_id": "CUST-1",
    "customer_email": "customer@example.com",
    "payment_method": "card_xyz",
    "items": [{"product_id": "PROD-1", "quantity": 2, "price": 29.99}],
}


def run_example(name: str, *arguments: str) -> str:
    """What ``python examples/NAME.py`` prints, as text without durations."""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return re.sub(r"\d+ms", "…ms", done.stdout)


def test_the_order_prints_what_the_guide_prints() -> None:
    assert run_example("order").splitlines() == [
        "✅ Order ORD-12345 processed successfully!",
        "   Duration: …ms",
        "   Steps completed: ['validate-order', 'reserve-inventory', 'charge-payment', 'send-confirmation']",
        "❌ Order ORD-12345 failed!",
        "   Error: Payment declined",
        "   Failed at step: charge-payment",
        "   Compensated steps: ['reserve-inventory']",
    ]


def test_the_order_that_is_charged_in_java_prints_what_its_page_shows() -> None:
    page = (ROOT / "docs/steps-in-java.md").read_text("utf-8")
    shown = page.partition("mixed_order.py\n")[2].partition("```")[0]
    assert run_example("steps_in_java/mixed_order") == shown


def test_the_journey_without_a_car_is_cancelled() -> None:
    assert run_example("travel_booking").splitlines() == [
        "✅ Travel package booked!",
        "   Charged: 829.50",
        "❌ Booking failed: No cars left in LAX",
        "   All reservations cancelled: ['book-hotel', 'book-flight']",
        "   Still booked: 1 flight, 1 hotel",
    ]


def test_the_user_who_gets_no_mail_is_not_registered() -> None:
    assert run_example("user_registration").splitlines() == [
        "✅ Ada is registered: create-database-record, create-auth-account, send-welcome-email",
        "❌ Bob is not registered: The mail server is down",
        "   Undone: ['create-auth-account', 'create-database-record']",
        "   Users: 1, accounts: 1",
    ]


def test_events_reach_their_readers_once_though_the_broker_is_down_at_first() -> None:
    lines = run_example("event_publishing").splitlines()
    assert [line for line in lines if "FlakyBroker" in line] == [
        "WARNING FlakyBroker can't publish events: ConnectionError: connection refused. "
        "It is tried again until it can; meanwhile they wait in memory.",
        "INFO FlakyBroker publishes events again.",
    ]
    assert [line for line in lines if not line.startswith(("WARNING", "INFO"))] == [
        "11 events, and 1 that came again",
        "sagas        ORD-1        order.saga.started",
        "order-events order:ORD-1  stock.reserve.started",
        "order-events order:ORD-1  stock.reserve.completed",
        "sagas        ORD-1        order.saga.completed",
        "sagas        ORD-2        order.saga.started",
        "order-events order:ORD-2  stock.reserve.started",
        "order-events order:ORD-2  stock.reserve.completed",
        "sagas        ORD-2        order.saga.failed",
        "sagas        ORD-2        order.saga.compensating",
        "order-events order:ORD-2  stock.reserve.compensated",
        "sagas        ORD-2        order.saga.compensated",
    ]


def test_the_encrypted_password_is_shown_nowhere() -> None:
    assert run_example("encrypted_values").splitlines() == [
        "❌ '***' is in every list of passwords",
        "   The password is in the journal: False",
        "   With another key beside it: {'auth_user_id': 'AUTH-001'}",
        "   Without the key: can't be decoded: it is encrypted with key '2026-11', and this engine has no "
        "codec.",
    ]


@pytest.mark.parametrize(
    ("example", "last_step"),
    [
        ("order", "send-confirmation"),
        ("travel_booking", "charge-payment"),
        ("user_registration", "send-welcome-email"),
        ("encrypted_values", "check-password"),
        ("fastapi_app", "send-confirmation"),
        ("dashboard_app", "send-confirmation"),
    ],
)
def test_each_example_draws_its_saga(example: str, last_step: str) -> None:
    drawing = run_example(example, "--graph")

    assert drawing.startswith("flowchart TD\n")
    assert f'"{last_step}"' in drawing


def test_a_saga_is_drawn_for_graphviz_too() -> None:
    assert run_example("order", "--graph", "dot").startswith('digraph "e-commerce-order" {\n')


def test_no_example_is_left_out() -> None:
    tested = {
        "order",
        "travel_booking",
        "user_registration",
        "encrypted_values",
        "dashboard_app",
        "event_publishing",
        "fastapi_app",
    }

    assert {path.stem for path in EXAMPLES.glob("*.py")} == tested | SHARED


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module of the FastAPI example, imported as uvicorn does with ``--app-dir examples``."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    before = set(sys.modules)
    yield importlib.import_module("fastapi_app")
    for name in {*SHARED, "order", "fastapi_app"} - before:
        sys.modules.pop(name, None)


@pytest_asyncio.fixture
async def client(application: ModuleType) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running application."""
    app = application.app
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://orders") as client,
    ):
        yield client


@pytest.mark.asyncio
async def test_an_order_over_http_runs_the_saga(client: httpx.AsyncClient) -> None:
    answer = await client.post("/orders", json=ORDER)

    assert (answer.status_code, answer.json()["status"]) == (201, "COMPLETED")


@pytest.mark.asyncio
async def test_a_declined_order_over_http_says_what_failed(client: httpx.AsyncClient) -> None:
    answer = await client.post("/orders", json={**ORDER, "payment_method": "card_declined"})

    assert answer.status_code == 422
    assert answer.json() == {
        "correlation_id": "ORD-1",
        "status": "COMPENSATED",
        "error": "Payment declined",
        "failed_step": "charge-payment",
        "compensated_steps": ["reserve-inventory"],
    }


@pytest.mark.asyncio
async def test_an_order_can_be_asked_for_by_its_id(client: httpx.AsyncClient) -> None:
    await client.post("/orders", json=ORDER)

    answer = await client.get("/orders/ORD-1")

    assert (answer.status_code, answer.json()["status"]) == (200, "COMPLETED")


@pytest.mark.asyncio
async def test_an_order_that_was_never_placed_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/orders/ORD-404")).status_code == 404


@pytest.mark.asyncio
async def test_the_same_order_again_is_charged_once(
    client: httpx.AsyncClient, application: ModuleType
) -> None:
    charges: dict[str, Any] = sys.modules["services"].payment_service.charges
    before = len(charges)

    answers = [await client.post("/orders", json=ORDER) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert len(charges) == before + 1


@pytest.mark.asyncio
async def test_another_order_under_a_used_id_is_refused(client: httpx.AsyncClient) -> None:
    await client.post("/orders", json=ORDER)

    answer = await client.post("/orders", json={**ORDER, "customer_id": "CUST-2"})

    assert answer.status_code == 409


@pytest.mark.asyncio
async def test_the_dashboard_shows_what_the_application_beside_it_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    example = importlib.import_module("dashboard_app")
    token = "the-token-of-the-example"
    async with SagaEngine("memory") as engine:
        transport = httpx.ASGITransport(example.application(engine, token))
        async with httpx.AsyncClient(transport=transport, base_url="http://orders") as client:
            assert (await client.get("/sagas/")).status_code == 403
            await client.post("/sagas/enter", data={"token": token})
            assert (await client.post("/orders/ORD-1")).json() == {"status": "COMPENSATED"}
            page = await client.get("/sagas/saga", params={"id": "ORD-1"})
    assert "Payment declined" in page.text
    assert "order_id" in page.text
