"""Many sagas, many loops, many threads on one engine."""

from __future__ import annotations

import asyncio
import contextvars
import statistics
import threading
from typing import Any

import pytest

from fireflytx import SagaEngine, create_saga_engine
from fireflytx.decorators.saga import saga, saga_step
from fireflytx.exceptions import EngineClosedError

REQUEST: contextvars.ContextVar[str] = contextvars.ContextVar("REQUEST", default="none")


@saga("own")
class Own:
    def __init__(self) -> None:
        self.seen: set[int] = set()

    @saga_step("first")
    async def first(self, data, context):
        self.seen.add(data["n"])
        context.set_data("mine", data["n"])
        await asyncio.sleep(0)
        return {"first": data["n"], "request": REQUEST.get()}

    @saga_step("second", depends_on="first")
    def second(self, data, context):
        self.seen.add(data["first"])
        return {"all": [*self.seen, context.get_data("mine"), context.input["n"]], "request": REQUEST.get()}


async def execute_own(engine: SagaEngine, number: int) -> Any:
    REQUEST.set(f"r{number}")
    return await engine.execute(Own, {"n": number})


@pytest.mark.asyncio
async def test_100_sagas_at_once_see_nothing_of_each_other(engine: SagaEngine):
    results = await asyncio.gather(*(execute_own(engine, number) for number in range(100)))
    for number, result in enumerate(results):
        assert result.steps["first"].result == {"first": number, "request": f"r{number}"}
        assert result.steps["second"].result == {"all": [number] * 3, "request": f"r{number}"}


@pytest.mark.asyncio
async def test_initialize_may_be_called_by_several_tasks_and_starts_one_engine():
    engine = create_saga_engine()
    await asyncio.gather(*(engine.initialize() for _ in range(10)))
    await engine.initialize()
    first = await execute_own(engine, 1)
    await engine.shutdown()
    await engine.shutdown()
    assert first.is_success


@pytest.mark.asyncio
async def test_a_caller_that_gives_up_the_start_leaves_it_to_the_others():
    engine = create_saga_engine()
    impatient = asyncio.ensure_future(engine.initialize())
    patient = asyncio.ensure_future(engine.execute(Own, {"n": 1}))
    await asyncio.sleep(0.01)
    impatient.cancel()
    assert (await patient).is_success
    await engine.shutdown()


@pytest.mark.asyncio
async def test_loops_of_other_threads_may_use_an_engine(engine: SagaEngine):
    results: list[Any] = []

    def other_loop(number: int) -> None:
        results.append(asyncio.run(execute_own(engine, number)))

    threads = [threading.Thread(target=other_loop, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert sorted(result.steps["first"].result["first"] for result in results) == [0, 1, 2, 3]
    assert all(
        result.steps["first"].result["request"] == f"r{result.steps['first'].result['first']}"
        for result in results
    )


def test_an_engine_whose_loop_has_closed_says_so():
    engine = create_saga_engine()
    asyncio.run(execute_own(engine, 1))
    with pytest.raises(EngineClosedError, match="has closed"):
        asyncio.run(execute_own(engine, 2))


@pytest.mark.asyncio
async def test_shutdown_lets_a_running_step_finish():
    engine = create_saga_engine()
    begun = asyncio.Event()
    finished: list[int] = []

    @saga("finishing")
    class Finishing:
        @saga_step("work")
        async def work(self, data):
            begun.set()
            await asyncio.sleep(0.1)
            finished.append(1)

    waiting = asyncio.ensure_future(engine.execute(Finishing))
    await begun.wait()
    await engine.shutdown()
    assert finished == [1]
    await asyncio.wait([waiting])
    assert waiting.exception() is None or isinstance(waiting.exception(), EngineClosedError)


@pytest.mark.asyncio
async def test_shutdown_cancels_a_step_that_takes_too_long():
    engine = create_saga_engine(shutdown_timeout_ms=50)
    begun = asyncio.Event()

    @saga("endless")
    class Endless:
        @saga_step("wait")
        async def wait(self, data):
            begun.set()
            await asyncio.sleep(60)

    waiting = asyncio.ensure_future(engine.execute(Endless))
    await begun.wait()
    await engine.shutdown()
    with pytest.raises(EngineClosedError, match="shut down"):
        await waiting


async def longest_stall_s(engine: SagaEngine) -> float:
    """The longest time that a ticker of 10 ms was late while 100 sagas ran."""
    loop = asyncio.get_running_loop()
    stalls_s: list[float] = []

    async def tick() -> None:
        while True:
            before_s = loop.time()
            await asyncio.sleep(0.01)
            stalls_s.append(loop.time() - before_s - 0.01)

    ticking = asyncio.ensure_future(tick())
    await asyncio.gather(*(execute_own(engine, number) for number in range(100)))
    ticking.cancel()
    return max(stalls_s)


@pytest.mark.asyncio
async def test_100_sagas_at_once_never_hold_the_loop_for_50_ms(engine: SagaEngine):
    stalls_s = [await longest_stall_s(engine) for _ in range(5)]
    assert statistics.median(stalls_s) < 0.05
