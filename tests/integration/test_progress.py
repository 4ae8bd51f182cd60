"""``handle.events()``: a saga's facts as they come."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fireflytx import HistoryFact, SagaEngine, SagaHandle
from fireflytx.decorators.saga import saga, saga_step
from fireflytx.exceptions import NonRetryableError

pytestmark = pytest.mark.asyncio
_PATIENCE_S = 20


class Gate:
    """What lets the second step go on."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.delivers = False


_gates: list[Gate] = []


@pytest.fixture
def gate() -> Gate:
    _gates.append(Gate())
    return _gates[-1]


@saga("slow")
class Slow:
    @saga_step("pay", pivot=True)
    async def pay(self, order):
        return {}

    @saga_step("deliver", depends_on="pay")
    async def deliver(self, order):
        await _gates[-1].opened.wait()
        if not _gates[-1].delivers:
            raise NonRetryableError("nobody is at home")


async def followed(handle: SagaHandle) -> list[HistoryFact]:
    async with asyncio.timeout(_PATIENCE_S):
        return [fact async for fact in handle.events()]


async def test_facts_come_while_the_saga_runs_and_end_with_it(engine: SagaEngine, gate: Gate):
    gate.delivers = True
    handle = await engine.start(Slow)
    names: list[str] = []
    async with asyncio.timeout(_PATIENCE_S):
        async for fact in handle.events():
            names.append(f"{fact.name} {fact.step or ''}".strip())
            if names[-1] == "attempt-started deliver":
                gate.opened.set()  # so this one was told before the saga's end
    assert names[0] == "saga-started"
    assert names[-1] == "saga-ended"
    assert names == [
        f"{each.name} {each.step or ''}".strip() for each in await engine.history(handle.correlation_id)
    ]


async def test_facts_of_a_saga_that_has_ended_come_at_once(engine: SagaEngine, gate: Gate):
    gate.delivers = True
    gate.opened.set()
    handle = await engine.start(Slow)
    await handle.result()
    assert await followed(handle) == list(await engine.history(handle.correlation_id))


async def test_they_end_when_the_saga_is_parked_and_go_on_for_who_asks_again(engine: SagaEngine, gate: Gate):
    handle = await engine.start(Slow)
    gate.opened.set()
    assert "saga-parked" in [fact.name for fact in await followed(handle)]
    gate.delivers = True
    await engine.retry_step(handle.correlation_id, "deliver")
    assert (await followed(handle))[-1].name == "saga-ended"


async def test_an_observer_follows_a_saga_that_another_engine_runs(tmp_path: Path, gate: Gate):
    gate.delivers = True
    store = f"sqlite:///{tmp_path}/sagas.db"
    async with SagaEngine(store) as runs, SagaEngine(store, observer=True) as looks:
        handle = await runs.start(Slow, correlation_id="s-1")
        following = asyncio.create_task(followed(await looks.get("s-1")))
        gate.opened.set()
        await handle.result()
        assert (await following)[-1].name == "saga-ended"


async def test_who_stops_following_leaves_nothing_behind(engine: SagaEngine, gate: Gate):
    handle = await engine.start(Slow)
    facts = handle.events()
    assert (await anext(facts)).name == "saga-started"
    await facts.aclose()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "fireflytx-progress"]
