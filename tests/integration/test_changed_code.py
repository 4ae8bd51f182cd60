"""A saga whose class was changed while it waited: a person decides, and the wrong code does not run."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fireflytx import SagaEngine, SagaResult, SagaStatus
from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.exceptions import NonRetryableError

pytestmark = pytest.mark.asyncio


class Shop:
    """A saga class of any version, and what its steps do."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.is_held = True
        self.has_begun = asyncio.Event()

    async def hold(self, call: str) -> None:
        self.calls.append(call)
        self.has_begun.set()
        if self.is_held:
            await asyncio.sleep(60)

    def saga(self, version: int | None, *, fails: bool = False) -> type:
        shop = self

        @saga("order", version=version)
        class Order:
            @saga_step("reserve")
            async def reserve(self, order):
                if not fails:
                    await shop.hold(f"reserve {version}")

            @compensation_step("reserve")
            async def free(self, reserved):
                await shop.hold(f"free {version}")

            @saga_step("charge", depends_on="reserve", compensation=None)
            async def charge(self, order):
                if fails:
                    raise NonRetryableError("declined")

        return Order

    async def leave_unfinished(self, store: str, saga_class: type) -> None:
        """Start the saga, and end its engine while a step of it runs."""
        async with SagaEngine(store, shutdown_timeout_ms=0) as engine:
            await engine.start(saga_class, correlation_id="o-1")
            await self.has_begun.wait()
        self.is_held = False


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/sagas.db"


async def result_with(store: str, saga_class: type) -> SagaResult:
    """How the saga that was left stands, once an engine that knows this class has it."""
    async with SagaEngine(store) as engine:
        engine.register(saga_class)
        return await (await engine.get("o-1")).result()


async def test_a_run_that_began_with_another_version_waits_for_a_person_and_says_what_differs(
    store: str, shop: Shop
):
    await shop.leave_unfinished(store, shop.saga(1))
    result = await result_with(store, shop.saga(2))
    assert (result.status, shop.calls) == (SagaStatus.PARKED, ["reserve 1"])
    assert str(result.steps["reserve"].error) == (
        "This run of saga 'order' began with version '1'; "
        f"{__name__}.Shop.saga.<locals>.Order has version '2'. Register the class with version '1' again and "
        "call retry_step, or decide with complete_step or fail_step."
    )


async def test_a_run_that_waits_for_its_version_goes_on_with_it(store: str, shop: Shop):
    await shop.leave_unfinished(store, shop.saga(1))
    await result_with(store, shop.saga(2))
    async with SagaEngine(store) as engine:
        engine.register(shop.saga(1))
        await engine.retry_step("o-1", "reserve")
        assert (await (await engine.get("o-1")).result()).is_success
    assert shop.calls == ["reserve 1", "reserve 1"]


async def test_a_run_without_a_version_does_not_go_on_with_one_that_has(store: str, shop: Shop):
    await shop.leave_unfinished(store, shop.saga(None))
    result = await result_with(store, shop.saga(1))
    assert "began without a version" in str(result.steps["reserve"].error)


async def test_the_same_version_goes_on_by_itself(store: str, shop: Shop):
    await shop.leave_unfinished(store, shop.saga(1))
    assert (await result_with(store, shop.saga(1))).is_success


async def test_a_compensation_of_another_version_is_not_called_until_a_person_brings_it_back(
    store: str, shop: Shop
):
    await shop.leave_unfinished(store, shop.saga(1, fails=True))
    assert (await result_with(store, shop.saga(2, fails=True))).failed_compensations == ["reserve"]
    async with SagaEngine(store) as engine:
        engine.register(shop.saga(1, fails=True))
        await engine.retry_compensation("o-1")
        assert (await (await engine.get("o-1")).result()).status is SagaStatus.COMPENSATED
    assert shop.calls == ["free 1", "free 1"]
