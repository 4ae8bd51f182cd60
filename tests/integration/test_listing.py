"""What a store tells of its sagas: listings and histories."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from fireflytx import HistoryFact, SagaContext, SagaEngine, SagaStatus
from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.exceptions import NonRetryableError, UnknownIdError

pytestmark = pytest.mark.asyncio


@saga("order")
class Order:
    @saga_step("reserve")
    async def reserve(self, order):
        return {"shelf": order.get("shelf")}

    @compensation_step("reserve")
    async def free(self, reserved):
        return None

    @saga_step("charge", depends_on="reserve", compensation=None)
    async def charge(self, order, context: SagaContext):
        context.set_data("secret", "4711")
        if order.get("declined"):
            raise NonRetryableError("Payment declined")
        return {"paid": "4711"}


@saga("waiting")
class Waiting:
    @saga_step("wait", compensation=None)
    async def wait(self, data):
        await asyncio.sleep(60)


@saga("blocking")
class Blocking:
    @saga_step("block", compensation=None)
    def block(self, data):
        gate.wait(10)


gate = threading.Event()


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/sagas.db"


@pytest_asyncio.fixture
async def engine(store: str) -> AsyncIterator[SagaEngine]:
    async with SagaEngine(store) as engine:
        yield engine


async def test_a_listing_shows_the_latest_start_first_page_by_page(engine: SagaEngine):
    for number in range(5):
        await engine.execute(Order, correlation_id=f"o-{number}")
    first = await engine.list(limit=3)
    second = await engine.list(limit=3, cursor=first.next_cursor)
    assert [[info.correlation_id for info in page] for page in (first, second)] == [
        ["o-4", "o-3", "o-2"],
        ["o-1", "o-0"],
    ]
    assert second.next_cursor is None


async def test_a_page_that_is_just_full_is_the_last_one(engine: SagaEngine):
    await engine.execute(Order, correlation_id="o-0")
    assert (await engine.list(limit=1)).next_cursor is None


@pytest.mark.parametrize("where", ["memory", "sqlite"])
async def test_a_listing_can_be_narrowed(where: str, store: str):
    async with SagaEngine(store if where == "sqlite" else where) as engine:
        await engine.execute(Order, correlation_id="good")
        await engine.execute(Order, {"declined": True}, correlation_id="bad")
        await engine.start(Waiting, correlation_id="slow")

        async def ids(**narrow: object) -> list[str]:
            return [info.correlation_id for info in await engine.list(**narrow)]  # type: ignore[arg-type]

        assert await ids(status=SagaStatus.COMPENSATED) == ["bad"]
        assert await ids(status="RUNNING") == ["slow"]
        assert await ids(saga=Order) == ["bad", "good"]
        assert await ids(saga="waiting") == ["slow"]
        assert await ids(since=datetime.now(UTC) - timedelta(minutes=1)) == ["slow", "bad", "good"]
        assert await ids(since=datetime.now(UTC) + timedelta(minutes=1)) == []
        await engine.cancel("slow")


async def test_a_listing_knows_times_and_status(engine: SagaEngine):
    before = datetime.now(UTC) - timedelta(seconds=1)
    await engine.execute(Order, correlation_id="o-1")
    (info,) = await engine.list()
    assert (info.saga, info.status) == ("order", SagaStatus.COMPLETED)
    assert before < info.started_at <= info.changed_at < datetime.now(UTC) + timedelta(seconds=1)


@pytest.mark.parametrize("where", ["memory", "sqlite"])
async def test_a_history_tells_everything_but_values(where: str, store: str):
    async with SagaEngine(store if where == "sqlite" else where) as engine:
        await engine.execute(Order, {"declined": True, "card": "4711"}, correlation_id="o-1")
        history = await engine.history("o-1")
    assert [(fact.name, fact.step, fact.direction, fact.attempt) for fact in history] == [
        ("saga-started", None, None, None),
        ("attempt-started", "reserve", "forward", 1),
        ("attempt-succeeded", "reserve", "forward", 1),
        ("step-completed", "reserve", "forward", 1),
        ("attempt-started", "charge", "forward", 1),
        ("attempt-failed", "charge", "forward", 1),
        ("step-failed", "charge", None, None),
        ("saga-failing", "charge", None, None),
        ("compensation-begun", None, None, None),
        ("attempt-started", "reserve", "backward", 1),
        ("attempt-succeeded", "reserve", "backward", 1),
        ("step-compensated", "reserve", "backward", 1),
        ("saga-ended", None, None, None),
    ]
    assert failure_of(history) == {
        "error": {"type": "NonRetryableError", "message": "Payment declined"},
        "retryable": False,
        "writes": ["secret"],
    }
    assert "4711" not in str(history)


async def test_a_history_tells_when_an_attempt_waited_for_a_place_and_when_it_started(store: str):
    gate.clear()
    async with SagaEngine(store, thread_workers=1) as engine:
        await engine.start(Blocking, correlation_id="b-1")
        second = await engine.start(Blocking, correlation_id="b-2")
        waiting = await engine.history("b-2")
        gate.set()
        await second.result()
        ended = await engine.history("b-2")
    assert [fact.name for fact in waiting] == ["saga-started", "attempt-queued"]
    assert [fact.name for fact in ended][1:3] == ["attempt-queued", "attempt-started"]


def failure_of(history: tuple[HistoryFact, ...]) -> object:
    return next(fact.data for fact in history if fact.name == "attempt-failed")


async def test_the_history_of_an_unknown_id_is_refused(engine: SagaEngine):
    with pytest.raises(UnknownIdError):
        await engine.history("nobody")
