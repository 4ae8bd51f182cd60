"""A program killed with many unfinished sagas is started again: how soon it serves, and has resumed them all.

python -m tests.scale.backlog --sagas 100000
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time

from tests.scale.resources import MemoryWatch, missed

from fireflytx import SagaContext, SagaEngine
from fireflytx.decorators.saga import saga, saga_step

GOALS = {"first new saga, s": 2, "all resumed, s": 60, "peak memory, MB": 1_024}
STARTS_AT_ONCE = 1_000
NOTE = "x" * 500


@saga("left")
class Left:
    """Waits in the process that leaves it behind, and ends in the next one."""

    @saga_step("work", compensation=None)
    async def work(self, order, context: SagaContext):
        await work()


@saga("new")
class New:
    """What the next process starts while it takes over what was left."""

    @saga_step("work", compensation=None)
    async def work(self, order):
        return {}


async def leave(store: str, sagas: int) -> None:
    """Start the sagas; then kill this process."""
    engine = SagaEngine(store, max_in_flight=1)
    for first in range(0, sagas, STARTS_AT_ONCE):
        batch = range(first, min(first + STARTS_AT_ONCE, sagas))
        await asyncio.gather(*(engine.start(Left, {"order": each, "note": NOTE}) for each in batch))
    os.kill(os.getpid(), signal.SIGKILL)


async def work() -> None:
    """What the step does; the process that resumes counts here."""
    await asyncio.sleep(3_600)


class Resumption:
    """Counts the steps that run."""

    def __init__(self, sagas: int) -> None:
        self._left = sagas
        self.done = asyncio.Event()

    async def work(self) -> None:
        self._left -= 1
        if self._left == 0:
            self.done.set()


async def figures(store: str, sagas: int) -> dict[str, float]:
    """Resume them, and look."""
    global work
    resumption = Resumption(sagas)
    work = resumption.work
    engine = SagaEngine(store)
    engine.register(Left)
    begun_s = time.monotonic()
    with MemoryWatch() as memory:
        await engine.initialize()
        ready_s = time.monotonic() - begun_s
        assert (await engine.execute(New)).is_success
        served_s = time.monotonic() - begun_s
        await resumption.done.wait()
        resumed_s = time.monotonic() - begun_s
    await engine.shutdown()
    return {
        "engine ready, s": ready_s,
        "first new saga, s": served_s,
        "all resumed, s": resumed_s,
        "peak memory, MB": memory.peak_mb,
    }


def main() -> int:
    """Measure; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sagas", type=int, default=100_000)
    parser.add_argument("--leave", metavar="STORE", help="start the sagas there, and die")
    asked = parser.parse_args()
    if asked.leave:
        asyncio.run(leave(asked.leave, asked.sagas))
    with tempfile.TemporaryDirectory(prefix="fireflytx-backlog-") as folder:
        store = f"sqlite:///{folder}/journal.db"
        command = [sys.executable, "-m", "tests.scale.backlog", "--leave", store, "--sagas", str(asked.sagas)]
        assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
        return missed(asyncio.run(figures(store, asked.sagas)), GOALS)


if __name__ == "__main__":
    sys.exit(main())
