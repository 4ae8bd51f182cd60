"""An observer looks at a journal, and leaves no trace there."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fireflytx import SagaEngine, SagaStatus
from fireflytx.decorators.saga import saga, saga_step
from fireflytx.exceptions import ObserverError, StoreError, UnknownIdError

pytestmark = pytest.mark.asyncio
gates: list[asyncio.Event] = []


@saga("gated")
class Gated:
    @saga_step("pass", compensation=None)
    async def step(self, data):
        await gates[-1].wait()
        return {"passed": data["number"]}


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "sagas.db"


@pytest_asyncio.fixture
async def engine(journal: Path) -> AsyncIterator[SagaEngine]:
    gates.append(asyncio.Event())
    async with SagaEngine(f"sqlite:///{journal}", shutdown_timeout_ms=0) as engine:
        gates[-1].set()
        await engine.execute(Gated, {"number": 1}, correlation_id="ended")
        gates[-1].clear()
        await engine.start(Gated, {"number": 2}, correlation_id="running")
        yield engine


def observer_of(journal: Path) -> SagaEngine:
    return SagaEngine(f"sqlite:///{journal}", observer=True)


async def looks(observer: SagaEngine) -> None:
    assert [(info.correlation_id, info.status) for info in await observer.list()] == [
        ("running", SagaStatus.RUNNING),
        ("ended", SagaStatus.COMPLETED),
    ]
    assert (await observer.history("ended"))[-1].name == "saga-ended"
    assert await (await observer.get("running")).status() == SagaStatus.RUNNING
    assert (await (await observer.get("ended")).result()).steps["pass"].result == {"passed": 1}
    assert (await observer.verify()).is_sound
    with pytest.raises(UnknownIdError):
        await observer.get("nobody")


async def test_several_observers_look_while_an_engine_runs(journal: Path, engine: SagaEngine):
    async with observer_of(journal) as first, observer_of(journal) as second:
        await asyncio.gather(looks(first), looks(second))


async def test_a_result_is_waited_for_until_the_saga_ends_elsewhere(journal: Path, engine: SagaEngine):
    async with observer_of(journal) as observer:
        waiting = asyncio.create_task((await observer.get("running")).result())
        assert await (await observer.get("running")).status() == SagaStatus.RUNNING
        gates[-1].set()
        assert (await asyncio.wait_for(waiting, 30)).steps["pass"].result == {"passed": 2}


async def test_what_no_engine_runs_is_looked_at_and_stays_as_it_was(journal: Path, engine: SagaEngine):
    await engine.shutdown()
    before = {path.name: path.read_bytes() for path in journal.parent.iterdir()}
    async with observer_of(journal) as observer:
        await looks(observer)
    after = {path.name: path.read_bytes() for path in journal.parent.iterdir()}
    assert after.pop("sagas.db-wal", b"") == before.pop("sagas.db-wal", b"")
    after.pop("sagas.db-shm", None), before.pop("sagas.db-shm", None)
    assert after == before


@pytest.mark.parametrize(
    "call",
    [
        lambda engine: engine.execute("gated"),
        lambda engine: engine.start("gated"),
    ],
)
async def test_an_observer_starts_nothing(journal: Path, call: Callable[[SagaEngine], Awaitable[Any]]):
    with pytest.raises(ObserverError, match=rf"This engine observes '{journal}'; \w+ is for engines"):
        await call(observer_of(journal))


async def test_an_observer_takes_no_classes_and_no_listeners(journal: Path):
    observer = observer_of(journal)
    for call in (observer.on_event, observer.on_parked):
        with pytest.raises(ObserverError):
            call(print)
    with pytest.raises(ObserverError, match="register"):
        observer.register(Gated)


async def test_a_journal_that_is_not_there_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("FIREFLYTX_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match=r"There is no journal '.*journal\.db' to observe"):
        await SagaEngine(observer=True).initialize()
    assert os.listdir(tmp_path) == []
