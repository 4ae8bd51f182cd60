"""How sagas stand, told while they run, wait and have ended, to engines and to observers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fireflytx import (
    SagaContext,
    SagaCount,
    SagaEngine,
    SagaInspection,
    SagaStatus,
    compensation_step,
    saga,
    saga_step,
)
from fireflytx.exceptions import NonRetryableError, UnknownIdError
from fireflytx.standing import StepPhase

pytestmark = pytest.mark.asyncio


class Bank:
    """Answers when the test says so."""

    opened: asyncio.Event
    declines = False


bank = Bank()


@saga("booking", timeout_ms=600_000)
class Booking:
    @saga_step("reserve")
    async def reserve(self, data: dict[str, Any], context: SagaContext) -> dict[str, Any]:
        context.set_data("room", 17)
        return {"reservation": "R-1"}

    @compensation_step("reserve", retry=1)
    async def release(self, reserved: dict[str, Any]) -> None:
        raise RuntimeError("the hotel does not answer")

    @saga_step("charge", depends_on="reserve", retry=2, backoff_ms=1, compensation=None)
    async def charge(self, data: dict[str, Any]) -> dict[str, Any]:
        await bank.opened.wait()
        if bank.declines:
            raise NonRetryableError("declined")
        return {"charge": 1.5}

    @saga_step("tell", depends_on="charge", compensation=None)
    async def tell(self, data: dict[str, Any]) -> None: ...


@pytest.fixture(autouse=True)
def closed_bank() -> None:
    bank.opened = asyncio.Event()
    bank.declines = False


@pytest.fixture(params=["memory", "journal"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return "memory" if request.param == "memory" else f"sqlite:///{tmp_path}/sagas.db"


@pytest_asyncio.fixture
async def engine(store: str) -> AsyncIterator[SagaEngine]:
    async with SagaEngine(store, shutdown_timeout_ms=0) as engine:
        yield engine


async def until(engine: SagaEngine, phase: StepPhase, step: str = "charge") -> SagaInspection:
    async with asyncio.timeout(30):
        found = await engine.inspect("b-1")
        while found.steps[step].phase is not phase:
            found = await engine.inspect("b-1", newer_than=found.version) or found
        return found


async def test_a_saga_that_runs_is_told_with_what_it_has_so_far(engine: SagaEngine) -> None:
    await engine.start(Booking, {"guest": "Ada"}, correlation_id="b-1")
    found = await until(engine, StepPhase.RUNNING)

    assert (found.saga, found.status, found.input) == ("booking", SagaStatus.RUNNING, {"guest": "Ada"})
    assert found.context == {"room": 17}
    assert {step: each.phase for step, each in found.steps.items()} == {
        "reserve": StepPhase.COMPLETED,
        "charge": StepPhase.RUNNING,
        "tell": StepPhase.PENDING,
    }
    assert (found.steps["reserve"].result, found.steps["charge"].result) == ({"reservation": "R-1"}, None)
    assert (found.steps["reserve"].attempts, found.steps["tell"].attempts) == (1, 0)
    assert found.deadline_at == found.started_at + timedelta(minutes=10)
    assert [step["id"] for step in found.definition["steps"]] == ["reserve", "charge", "tell"]


async def test_a_saga_that_failed_is_told_with_its_errors(engine: SagaEngine) -> None:
    bank.declines = True
    bank.opened.set()
    await engine.execute(Booking, correlation_id="b-1")
    found = await engine.inspect("b-1")

    assert (found.status, found.failed_step) == (SagaStatus.COMPENSATION_FAILED, "charge")
    assert str(found.error) == "declined"
    assert found.deadline_at is None
    reserve, charge = found.steps["reserve"], found.steps["charge"]
    assert (reserve.phase, reserve.undo_attempts) == (StepPhase.COMPENSATION_FAILED, 1)
    assert str(reserve.error) == "the hotel does not answer"
    assert (charge.phase, str(charge.error), charge.attempts) == (StepPhase.FAILED, "declined", 1)
    assert charge.duration_ms is not None


async def test_a_compensation_that_was_skipped_leaves_its_step_completed(engine: SagaEngine) -> None:
    bank.declines = True
    bank.opened.set()
    await engine.execute(Booking, correlation_id="b-1")
    await engine.skip_compensation("b-1", "reserve", "it lapses")
    assert (await engine.inspect("b-1")).steps["reserve"].phase is StepPhase.COMPLETED


async def test_whoever_has_the_newest_version_gets_nothing(engine: SagaEngine) -> None:
    bank.opened.set()
    await engine.execute(Booking, correlation_id="b-1")
    found = await engine.inspect("b-1")
    assert await engine.inspect("b-1", newer_than=found.version) is None
    assert await engine.inspect("b-1", newer_than=found.version - 1) == found


async def test_an_id_that_nobody_has_is_refused(engine: SagaEngine) -> None:
    with pytest.raises(UnknownIdError):
        await engine.inspect("nobody")
    with pytest.raises(UnknownIdError):
        await engine.inspect("nobody", newer_than=3)


async def test_sagas_are_counted_by_name_and_status(engine: SagaEngine) -> None:
    assert await engine.count() == ()
    bank.opened.set()
    for number in range(3):
        await engine.execute(Booking, correlation_id=f"done-{number}")
    bank.opened.clear()
    await engine.start(Booking, correlation_id="b-1")

    counts = await engine.count()
    async with asyncio.timeout(30):
        while len(counts) < 2:  # what it counted a moment ago is good for a second
            counts = await engine.count()
    assert set(counts) == {
        SagaCount("booking", SagaStatus.COMPLETED, 3, 3, 3, 3, 3),
        SagaCount("booking", SagaStatus.RUNNING, 1, 1, 1, 1, 1),
    }


async def test_an_observer_sees_the_same_of_a_saga_that_runs_elsewhere(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/sagas.db"
    async with SagaEngine(store, shutdown_timeout_ms=0) as engine, SagaEngine(store, observer=True) as other:
        await engine.start(Booking, {"guest": "Ada"}, correlation_id="b-1")
        found = await until(engine, StepPhase.RUNNING)
        assert await other.inspect("b-1") == found
        assert await other.inspect("b-1", newer_than=found.version) is None
        assert [(count.status, count.sagas) for count in await other.count()] == [(SagaStatus.RUNNING, 1)]
