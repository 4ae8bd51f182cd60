"""Two engines on one journal: each saga is run by one of them, and either can be asked about it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.integration.processes import becomes_true, engines_of, kill

from fireflytx import SagaEngine, SagaStatus
from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.exceptions import EngineError, IdConflictError, NonRetryableError, NotWaitingError

_PATIENCE_S = 20


class World:
    """What the steps of a test do, and what they have done."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.gate = asyncio.Event()
        self.warehouse_answers = False


_worlds: list[World] = []


@saga("gated")
class Gated:
    @saga_step("reserve")
    async def reserve(self, order, context):
        _worlds[-1].ran.append(context.correlation_id)

    @compensation_step("reserve", retry=1)
    async def free(self, reserved):
        if not _worlds[-1].warehouse_answers:
            raise ConnectionError("the warehouse does not answer")

    @saga_step("wait", depends_on="reserve")
    async def wait(self, order):
        await _worlds[-1].gate.wait()
        if order.get("fails"):
            raise NonRetryableError("nobody wants it")


@pytest.fixture
def world() -> World:
    _worlds.append(World())
    return _worlds[-1]


@pytest_asyncio.fixture
async def engines(tmp_path: Path, world: World) -> AsyncIterator[tuple[SagaEngine, SagaEngine]]:
    """Two engines of one store, ready."""
    first, second = (SagaEngine(f"sqlite:///{tmp_path}/sagas.db") for _ in range(2))
    for engine in (first, second):
        engine.register(Gated)
        await engine.initialize()
    yield first, second
    world.gate.set()
    await first.shutdown()
    await second.shutdown()


Engines = tuple[SagaEngine, SagaEngine]


@pytest.mark.asyncio
async def test_an_id_that_one_engine_runs_is_joined_by_the_other(engines: Engines, world: World):
    first, second = engines
    await first.start(Gated, {"n": 1}, correlation_id="i-1")
    joined = asyncio.create_task(second.execute(Gated, {"n": 1}, correlation_id="i-1"))
    with pytest.raises(IdConflictError):
        await second.start(Gated, {"n": 2}, correlation_id="i-1")
    world.gate.set()
    assert (await asyncio.wait_for(joined, _PATIENCE_S)).status == SagaStatus.COMPLETED
    assert world.ran == ["i-1"]


@pytest.mark.asyncio
async def test_ids_that_both_start_at_the_same_moment_start_one_saga_each(engines: Engines, world: World):
    world.gate.set()
    ids = [f"i-{number}" for number in range(50)]
    results = await asyncio.wait_for(
        asyncio.gather(
            *(engine.execute(Gated, {}, correlation_id=each) for each in ids for engine in engines)
        ),
        _PATIENCE_S,
    )
    assert {result.status for result in results} == {SagaStatus.COMPLETED}
    assert sorted(world.ran) == sorted(ids)


@pytest.mark.asyncio
async def test_both_see_what_the_store_keeps(engines: Engines, world: World):
    first, second = engines
    await first.start(Gated, {}, correlation_id="i-1")
    await second.start(Gated, {}, correlation_id="i-2")
    assert [info.correlation_id for info in await first.list()] == ["i-2", "i-1"]
    assert (await (await second.get("i-1")).status()) == SagaStatus.RUNNING
    assert (await second.history("i-1"))[0].name == "saga-started"


@pytest.mark.asyncio
async def test_a_cancel_reaches_the_engine_that_runs_the_saga(engines: Engines, world: World):
    first, second = engines
    world.warehouse_answers = True
    handle = await first.start(Gated, {}, correlation_id="i-1")
    assert await asyncio.wait_for(second.cancel("i-1", "changed my mind"), _PATIENCE_S)
    assert (await handle.result()).status == SagaStatus.COMPENSATED
    assert not await second.cancel("i-1")


@pytest.mark.asyncio
async def test_either_can_resolve_what_has_ended_and_only_one_does(engines: Engines, world: World):
    first, second = engines
    world.gate.set()
    failed = await first.execute(Gated, {"fails": True}, correlation_id="i-1")
    assert failed.status == SagaStatus.COMPENSATION_FAILED
    world.warehouse_answers = True
    answers = await asyncio.gather(
        first.retry_compensation("i-1"), second.retry_compensation("i-1"), return_exceptions=True
    )
    assert sum(isinstance(answer, NotWaitingError) for answer in answers) == 1, answers
    result = await asyncio.wait_for((await second.get("i-1")).result(), _PATIENCE_S)
    assert result.status == SagaStatus.COMPENSATED


@pytest.mark.asyncio
async def test_what_an_engine_leaves_at_its_end_the_other_takes_over(engines: Engines, world: World):
    first, second = engines
    await first.start(Gated, {}, correlation_id="i-1")
    waiting = asyncio.create_task((await second.get("i-1")).result())
    await first.shutdown()
    world.gate.set()
    assert (await asyncio.wait_for(waiting, _PATIENCE_S)).status == SagaStatus.COMPLETED


def delete_all(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


@pytest.mark.asyncio
async def test_a_journal_that_is_deleted_under_an_engine_is_not_written_on(tmp_path: Path, world: World):
    engine = SagaEngine(f"sqlite:///{tmp_path}/sagas.db")
    handle = await engine.start(Gated)
    waiting = asyncio.create_task(handle.result())
    delete_all(tmp_path)
    with pytest.raises(EngineError, match=r"sagas\.db' is not there any more"):
        await asyncio.wait_for(waiting, _PATIENCE_S)
    await engine.shutdown()


@pytest.mark.asyncio
async def test_an_engine_whose_java_dies_keeps_its_sagas_while_its_steps_run(engines: Engines, world: World):
    first, second = engines
    handle = await first.start(Gated, {}, correlation_id="i-1")
    java_of_first = min(engines_of(os.getpid()))
    kill(java_of_first)
    assert await asyncio.to_thread(
        becomes_true, lambda: len(set(engines_of(os.getpid())) - {java_of_first}) == 2, within_s=_PATIENCE_S
    )
    world.gate.set()
    assert (await asyncio.wait_for(handle.result(), _PATIENCE_S)).steps["wait"].attempts == 1
    assert world.ran == ["i-1"]
    assert (await second.get("i-1")).correlation_id == "i-1"
