"""What waiting costs: one saga whose step takes an hour, and many that have begun and wait.

python -m tests.scale.waiting --sagas 100000
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile

from tests.scale.resources import cost, missed

from fireflytx import SagaEngine
from fireflytx.decorators.saga import saga, saga_step

GOALS = {"threads for one": 0, "memory for all, MB": 400, "threads for all": 0}
STARTS_AT_ONCE = 1_000


@saga("patient")
class Patient:
    """Its step takes an hour."""

    @saga_step("wait", timeout_ms=3_600_000)
    async def wait(self, order):
        await asyncio.sleep(3_600)


async def start(engine: SagaEngine, numbers: range) -> None:
    """Start one saga for each number, some side by side."""
    for first in range(numbers.start, numbers.stop, STARTS_AT_ONCE):
        batch = range(first, min(first + STARTS_AT_ONCE, numbers.stop))
        await asyncio.gather(*(engine.start(Patient, {"order": each, "item": "book"}) for each in batch))


async def figures(sagas: int, folder: str) -> dict[str, float]:
    """Start them, and look."""
    async with SagaEngine(f"sqlite:///{folder}/journal.db", shutdown_timeout_ms=0) as engine:
        await start(engine, range(STARTS_AT_ONCE))  # what is made once is there then
        before = cost()
        await start(engine, range(STARTS_AT_ONCE, STARTS_AT_ONCE + 1))
        with_one = cost()
        await start(engine, range(STARTS_AT_ONCE + 1, sagas))
        with_all = cost()
    return {
        "threads for one": with_one.threads - before.threads,
        "threads for all": with_all.threads - before.threads,
        "memory before, MB": before.memory_mb,
        "memory for all, MB": with_all.memory_mb,
        "bytes a saga": (with_all.memory_mb - before.memory_mb) * 2**20 / (sagas - STARTS_AT_ONCE),
    }


def main() -> int:
    """Measure; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sagas", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fireflytx-waiting-") as folder:
        return missed(asyncio.run(figures(asked.sagas, folder)), GOALS)


if __name__ == "__main__":
    sys.exit(main())
