"""How soon the dashboard's pages come with many sagas in the journal, and what an open one costs the engine.

python -m tests.scale.dashboard --ended 100000 --running 10000
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import re
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import httpx
from bench.processes import cpu_s
from tests.integration.processes import engines_of
from tests.scale.resources import missed

from fireflytx import SagaEngine, compensation_step, saga, saga_step
from fireflytx.dashboard import Dashboard
from fireflytx.exceptions import NonRetryableError

GOALS = {"slowest page, ms": 300, "throughput lost, %": 5}
TOKEN = "the-token-of-this-measurement"
AT_ONCE = 1_000
ROUNDS = 5
TURNS = 21
WARM_S = 20
LOAD_SAGAS = 3_000
IN_FLIGHT = 64


@saga("quick")
class Quick:
    """Ends at once."""

    @saga_step("one", compensation=None)
    async def one(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"done": True}


@saga("stays")
class Stays:
    """Runs as long as the measurement."""

    @saga_step("one", compensation=None, timeout_ms=3_600_000)
    async def one(self, data: dict[str, Any]) -> None:
        await asyncio.sleep(3_600)


@saga("stuck")
class Stuck:
    """Can't be undone."""

    @saga_step("one")
    async def one(self, data: dict[str, Any]) -> None: ...

    @compensation_step("one", retry=1)
    async def undo(self, data: dict[str, Any]) -> None:
        raise NonRetryableError("no answer")

    @saga_step("two", depends_on="one", compensation=None)
    async def two(self, data: dict[str, Any]) -> None:
        raise NonRetryableError("declined")


async def fill(engine: SagaEngine, ended: int, running: int) -> None:
    """Let that many sagas end, and that many run; some of the ended ones need a person."""
    for number in range(30):  # the oldest, so that a list of them has to look through everything
        await engine.execute(Stuck, correlation_id=f"stuck-{number}")
    for first in range(0, ended, AT_ONCE):
        count = min(AT_ONCE, ended - first)
        await asyncio.gather(*(engine.execute(Quick, {"order": first + each}) for each in range(count)))
    for first in range(0, running, AT_ONCE):
        count = min(AT_ONCE, running - first)
        await asyncio.gather(*(engine.start(Stays, {"order": first + each}) for each in range(count)))


@asynccontextmanager
async def visitor(engine: SagaEngine) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who looks at the dashboard, in this process: no socket is measured."""
    transport = httpx.ASGITransport(app=Dashboard(engine, token=TOKEN))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        await client.get("/enter", params={"token": TOKEN})
        yield client


async def page_times(engine: SagaEngine) -> dict[str, float]:
    """The slowest of some visits to each page, in milliseconds; counts are taken anew for each."""
    times: dict[str, list[float]] = {}
    async with visitor(engine) as client:
        for _ in range(ROUNDS):
            listed = (await client.get("/sagas")).text
            saga_id = re.findall(r'href="/saga\?id=([^"]+)"', listed)[0]
            next_page = re.findall(r"cursor=(\d+)", listed)[0]
            middle = int(next_page) // 2
            for path in (
                "/",
                "/sagas",
                f"/sagas?cursor={middle}",
                "/sagas?status=COMPENSATION_FAILED",
                "/sagas?status=COMPENSATING",
                "/sagas?saga=stuck&since=24h",
                "/parked",
                "/parked?kind=undo",
                f"/saga?id={saga_id}",
                "/saga?id=stuck-1",
            ):
                begin = time.perf_counter()
                page = await client.get(path)
                took_ms = (time.perf_counter() - begin) * 1_000
                assert page.status_code == 200, (path, page.text)
                shape = re.sub(r"cursor=\d+", "cursor=…", re.sub(r"id=[0-9a-f-]{36}", "id=…", path))
                times.setdefault(shape, []).append(took_ms)
    return {path: max(each) for path, each in times.items()}


async def load(engine: SagaEngine) -> float:
    """How many sagas a second end, with a fixed number in flight."""
    numbers = iter(range(LOAD_SAGAS))

    async def client() -> None:
        for number in numbers:
            await engine.execute(Quick, {"order": number})

    begin = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(IN_FLIGHT)))
    return LOAD_SAGAS / (time.perf_counter() - begin)


@asynccontextmanager
async def open_pages(store: str) -> AsyncIterator[list[int]]:
    """The dashboard in a process of its own, with an overview and a saga open; the ids of its processes."""
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fireflytx.cli.main", "dashboard", "--port", "0", "--store", store),
        stdout=asyncio.subprocess.PIPE,
    )
    assert command.stdout is not None
    link = (await command.stdout.readline()).decode().removeprefix("Open ").strip()
    async with httpx.AsyncClient(base_url=link.partition("/enter")[0], timeout=60) as client:
        await client.get(link)
        listed = (await client.get("/sagas?status=RUNNING")).text
        saga_id = re.findall(r'href="/saga\?id=([^"]+)"', listed)[0]
        paths = ("/live/overview", f"/live/saga?id={saga_id}")
        watching = [asyncio.create_task(keep_open(client, path)) for path in paths]
        try:
            yield [command.pid, *engines_of(command.pid)]
        finally:
            for each in watching:
                each.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
    command.terminate()
    await command.wait()


async def keep_open(client: httpx.AsyncClient, path: str) -> None:
    """Follow a stream, and ask again when it ends, as browsers do."""
    while True:
        async with client.stream("GET", path) as response:
            async for _ in response.aiter_lines():
                pass


async def throughput_lost(engine: SagaEngine, store: str) -> tuple[float, float]:
    """What an open dashboard takes: a part of the sagas a second, and of one processor's time.

    It is held still for every other load, in changing order: other work on the machine counts for both.
    """
    ratios: list[float] = []
    async with open_pages(store) as dashboard:
        await load(engine)
        await asyncio.sleep(WARM_S)  # its JVM compiles what it does again and again
        begin, begin_cpu_s = time.perf_counter(), cpu_s(dashboard)
        held_still_s = 0.0
        for turn in range(TURNS):
            rates = {}
            for is_watched in (True, False) if turn % 2 else (False, True):
                each_begin = time.perf_counter()
                with nullcontext() if is_watched else stopped(dashboard):
                    rates[is_watched] = await load(engine)
                held_still_s += 0.0 if is_watched else time.perf_counter() - each_begin
            ratios.append(rates[True] / rates[False])
        watched_s = time.perf_counter() - begin - held_still_s
        share = (cpu_s(dashboard) - begin_cpu_s) / watched_s
    print("with it / without it:", " ".join(f"{ratio:.2f}" for ratio in sorted(ratios)))
    return 1 - statistics.median(ratios), share


@contextmanager
def stopped(pids: list[int]) -> Iterator[None]:
    """Processes held still."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def measure(ended: int, running: int) -> dict[str, float]:
    """Fill a journal, and measure."""
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/journal.db"
        async with SagaEngine(store, shutdown_timeout_ms=0, max_in_flight=running + 5_000) as engine:
            begin = time.perf_counter()
            await fill(engine, ended, running)
            print(f"{ended} ended and {running} running, after {time.perf_counter() - begin:.0f} s")
            times = await page_times(engine)
            for path, took_ms in times.items():
                print(f"{took_ms:8.1f} ms  {path}")
            lost, share = await throughput_lost(engine, store)
    return {
        "slowest page, ms": max(times.values()),
        "throughput lost, %": max(0.0, lost * 100),
        "dashboard's share of a processor, %": share * 100,
    }


def main() -> None:
    """Measure, and end with 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ended", type=int, default=100_000)
    parser.add_argument("--running", type=int, default=10_000)
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[2] / "python")
    logging.getLogger("fireflytx").setLevel(logging.CRITICAL)  # thirty sagas need a person, on purpose
    sys.exit(missed(asyncio.run(measure(options.ended, options.running)), GOALS))


if __name__ == "__main__":
    main()
