"""The engine's process dies under a living Python, and its sagas are kept in a journal."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.integration.processes import engines_of, kill

from fireflytx import SagaContext, SagaEngine, SagaStatus
from fireflytx._bridge.jvm import Jvm
from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.exceptions import EngineStartError, OutcomeUnknown

pytestmark = pytest.mark.asyncio

calls: list[str] = []
begun = asyncio.Event()
release = asyncio.Event()


@saga("order")
class Order:
    @saga_step("reserve")
    async def reserve(self, order, context: SagaContext):
        calls.append("reserve")
        context.set_data("shelf", order["shelf"])
        return {"reservation": "R-1"}

    @compensation_step("reserve")
    async def free(self, reserved):
        calls.append(f"free {reserved['reservation']}")

    @saga_step("charge", depends_on="reserve", compensation=None)
    async def charge(self, order, context: SagaContext):
        calls.append("charge")
        begun.set()
        await release.wait()
        return {"paid": context.get_data("shelf")}


@saga("flaky", timeout_ms=20_000)
class Flaky:
    @saga_step("try", retry=3, backoff_ms=600)
    async def attempt(self, data, context: SagaContext):
        calls.append(f"attempt {context.attempt}")
        begun.set()
        if context.attempt < 3:
            raise ConnectionError("not yet")


@pytest.fixture(autouse=True)
def _afresh() -> None:
    global begun, release
    calls.clear()
    begun, release = asyncio.Event(), asyncio.Event()


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[SagaEngine]:
    async with SagaEngine(f"sqlite:///{tmp_path}/sagas.db") as engine:
        yield engine


def kill_the_engine() -> None:
    kill(*engines_of(os.getpid()))


async def running_order(engine: SagaEngine, **options: Any) -> asyncio.Future[Any]:
    waiting = asyncio.ensure_future(engine.execute(Order, {"shelf": 7}, correlation_id="o-1", **options))
    await begun.wait()
    return waiting


async def another_engine_runs(killed: list[int]) -> None:
    async with asyncio.timeout(20):
        while not set(engines_of(os.getpid())) - set(killed):  # noqa: ASYNC110 - a process sets no event
            await asyncio.sleep(0.01)


async def test_a_caller_gets_its_result_from_the_next_engine_and_no_step_runs_twice(engine: SagaEngine):
    waiting = await running_order(engine)
    kill_the_engine()
    await another_engine_runs([])
    release.set()
    result = await waiting
    assert result.steps["charge"].result == {"paid": 7}
    assert calls == ["reserve", "charge"]


async def test_what_a_step_brings_while_there_is_no_engine_arrives(engine: SagaEngine):
    waiting = await running_order(engine)
    kill_the_engine()
    release.set()
    assert (await waiting).steps["charge"].attempts == 1
    assert calls == ["reserve", "charge"]


async def test_a_step_in_a_thread_is_adopted_too(engine: SagaEngine):
    in_thread, go_on = threading.Event(), threading.Event()

    @saga("threaded")
    class Threaded:
        @saga_step("work")
        def work(self, data):
            calls.append("work")
            in_thread.set()
            go_on.wait(20)
            return {"done": True}

    waiting = asyncio.ensure_future(engine.execute(Threaded))
    await asyncio.to_thread(in_thread.wait)
    kill_the_engine()
    await another_engine_runs([])
    go_on.set()
    assert (await waiting).steps["work"].result == {"done": True}
    assert calls == ["work"]


async def test_what_is_asked_while_there_is_no_engine_is_answered_by_the_next_one(engine: SagaEngine):
    waiting = await running_order(engine)
    kill_the_engine()
    handle = await engine.get("o-1")
    assert await handle.status() is SagaStatus.RUNNING
    assert await handle.cancel("not wanted") is True
    result = await waiting
    assert (result.status, result.failed_step) == (SagaStatus.COMPENSATED, None)
    assert calls == ["reserve", "charge", "free R-1"]


async def test_a_start_that_the_dead_engine_had_not_made_durable_is_one_saga(engine: SagaEngine):
    await engine.initialize()
    kill_the_engine()
    release.set()
    assert (await engine.execute(Order, {"shelf": 7}, correlation_id="o-1")).is_success
    assert (await engine.execute(Order, {"shelf": 7}, correlation_id="o-1")).is_success
    assert calls == ["reserve", "charge"]


async def test_several_deaths_in_a_row_are_survived(engine: SagaEngine):
    waiting = await running_order(engine)
    killed: list[int] = []
    for _ in range(3):
        killed += (now := engines_of(os.getpid()))
        kill(*now)
        await another_engine_runs(killed)
    release.set()
    assert (await waiting).is_success
    assert calls == ["reserve", "charge"]


async def test_the_pause_before_a_retry_and_the_count_of_attempts_go_on(engine: SagaEngine):
    waiting = asyncio.ensure_future(engine.execute(Flaky))
    await begun.wait()
    await asyncio.sleep(0.05)
    kill_the_engine()
    result = await waiting
    assert result.is_success
    assert calls == ["attempt 1", "attempt 2", "attempt 3"]


async def test_the_time_limit_of_a_saga_goes_on(engine: SagaEngine):
    waiting = await running_order(engine, timeout_ms=2_000)
    kill_the_engine()
    result = await waiting
    assert str(result.error) == "Saga execution timeout after 2000ms"
    assert result.compensated_steps == ["reserve"]
    assert 2_000 <= result.duration_ms < 10_000


async def test_a_replaced_engine_is_told_at_warning_and_info(
    engine: SagaEngine, caplog: pytest.LogCaptureFixture
):
    waiting = await running_order(engine)
    with caplog.at_level(logging.INFO, "fireflytx"):
        kill_the_engine()
        release.set()
        await waiting
    told = [each.getMessage() for each in caplog.records]
    assert told[0].endswith("was killed by SIGKILL (exit code -9); another one takes over its sagas.")
    assert told[1] == "Another engine process has taken over. Unfinished sagas: 1."


async def test_if_no_other_engine_comes_up_the_callers_get_an_error_that_names_the_journal(
    engine: SagaEngine, monkeypatch: pytest.MonkeyPatch
):
    async def start_nothing(options: object) -> Jvm:
        raise EngineStartError("There is no room.")

    waiting = await running_order(engine)
    with monkeypatch.context() as patch:
        patch.setattr(Jvm, "start", start_nothing)
        kill_the_engine()
        with pytest.raises(OutcomeUnknown, match=r"no other could take over: There is no room\. .*sagas\.db"):
            await waiting
    release.set()
    assert (await engine.execute(Order, {"shelf": 7}, correlation_id="o-1")).is_success


async def test_engines_that_die_again_and_again_are_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("fireflytx.host._MOST_DEATHS", 2)
    async with SagaEngine(f"sqlite:///{tmp_path}/sagas.db") as engine:
        waiting = await running_order(engine)
        kill_the_engine()
        await engine.get("o-1")  # it is not only there, it works
        kill_the_engine()
        with pytest.raises(OutcomeUnknown, match=r"2 have died within a minute\. .*sagas\.db"):
            await waiting


async def test_shutting_down_while_the_engine_is_being_replaced_leaves_no_process(tmp_path: Path):
    engine = SagaEngine(f"sqlite:///{tmp_path}/sagas.db", shutdown_timeout_ms=0)
    await engine.initialize()
    kill_the_engine()
    await asyncio.sleep(0.1)
    await engine.shutdown()
    assert engines_of(os.getpid()) == []
