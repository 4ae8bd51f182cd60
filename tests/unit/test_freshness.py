"""Nothing begins in a process that stood still until its engine has shown that it still owns what it runs."""

from __future__ import annotations

import asyncio
import time

import pytest
from tests.unit.worker_bench import Bench, bench

from fireflytx import freshness
from fireflytx.decorators.saga import saga, saga_step
from fireflytx.freshness import FRESH_FOR_S, Freshness, TakenOverError

pytestmark = pytest.mark.asyncio

__all__ = ["bench"]

JAVA_MS = 5_000


class Machine:
    """A process whose monotonic clock a test moves, and what it knows of its engine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = self._began_s = time.monotonic()
        self.asked = 0
        monkeypatch.setattr(freshness.time, "monotonic", lambda: self.now_s)
        self.freshness = Freshness(self._ask)
        self.freshness.begin(owner=1, java_ms=JAVA_MS, asked_s=self.now_s)
        self.freshness.note(JAVA_MS)

    def _ask(self) -> None:
        self.asked += 1

    def stand_still(self, seconds: float) -> None:
        self.now_s += seconds

    def proof_ms(self) -> int:
        """A proof of this moment, by Java's clock."""
        return JAVA_MS + round((self.now_s - self._began_s) * 1000)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


async def test_a_proof_counts_for_three_seconds(machine: Machine) -> None:
    machine.stand_still(FRESH_FOR_S)
    assert not machine.freshness.is_stale()
    machine.stand_still(0.1)
    assert machine.freshness.is_stale()


async def test_a_store_that_nobody_can_take_over_is_always_fresh(machine: Machine) -> None:
    machine.freshness.note(None)
    machine.stand_still(1_000)
    assert not machine.freshness.is_stale()


async def test_who_waits_goes_on_when_a_batch_brings_a_new_proof(machine: Machine) -> None:
    machine.stand_still(30)
    waiting = [asyncio.create_task(machine.freshness.proved()) for _ in range(3)]
    await asyncio.sleep(0)
    assert machine.asked == 1
    machine.freshness.note(machine.proof_ms())
    await asyncio.gather(*waiting)


async def test_an_old_batch_brings_no_proof_and_is_asked_beyond(machine: Machine) -> None:
    machine.stand_still(30)
    waiting = asyncio.create_task(machine.freshness.proved())
    await asyncio.sleep(0)
    machine.freshness.note(JAVA_MS)
    assert machine.asked == 2
    assert not waiting.done()
    waiting.cancel()


async def test_the_same_owner_in_another_process_is_asked_again(machine: Machine) -> None:
    machine.stand_still(30)
    waiting = asyncio.create_task(machine.freshness.proved())
    await asyncio.sleep(0)
    machine.freshness.begin(owner=1, java_ms=70_000, asked_s=machine.now_s)
    assert machine.asked == 2
    machine.freshness.note(70_000)
    await waiting


async def test_who_waits_learns_that_another_engine_has_taken_over(machine: Machine) -> None:
    machine.stand_still(30)
    waiting = asyncio.create_task(machine.freshness.proved())
    await asyncio.sleep(0)
    machine.freshness.begin(owner=2, java_ms=JAVA_MS, asked_s=machine.now_s)
    with pytest.raises(TakenOverError):
        await waiting


@pytest.mark.parametrize("kind", ["coroutine", "thread"])
async def test_a_step_does_not_begin_in_a_process_that_stood_still(bench: Bench, kind: str) -> None:
    ran = []

    @saga("async")
    class Async:
        @saga_step("step")
        async def step(self, data):
            ran.append("step")

    @saga("plain")
    class Plain:
        @saga_step("step")
        def step(self, data):
            ran.append("step")

    bench.freshness.begin(owner=1, java_ms=JAVA_MS, asked_s=time.monotonic())
    bench.freshness.note(JAVA_MS - 30_000)
    bench.begin(Async if kind == "coroutine" else Plain)
    await asyncio.sleep(0.02)
    assert ran == []
    assert bench.proofs_asked == 1
    bench.freshness.begin(owner=2, java_ms=JAVA_MS, asked_s=time.monotonic())
    assert (await bench.outcome())["outcome"] == "settled"
    assert ran == []


@pytest.mark.parametrize("kind", ["coroutine", "thread"])
async def test_a_step_begins_once_ownership_is_proved(bench: Bench, kind: str) -> None:
    @saga("async")
    class Async:
        @saga_step("step")
        async def step(self, data):
            return {"ran": True}

    @saga("plain")
    class Plain:
        @saga_step("step")
        def step(self, data):
            return {"ran": True}

    bench.freshness.begin(owner=1, java_ms=JAVA_MS, asked_s=time.monotonic())
    bench.freshness.note(JAVA_MS - 30_000)
    bench.begin(Async if kind == "coroutine" else Plain)
    await asyncio.sleep(0)
    bench.freshness.note(JAVA_MS)
    assert (await bench.outcome())["result"] == {"ran": True}
