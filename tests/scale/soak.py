"""Many sagas one after the other: memory, threads and files after the second half are as after the first.

python -m tests.scale.soak --sagas 100000
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time

from tests.scale.resources import cost, missed

from fireflytx import SagaEngine
from fireflytx.decorators.saga import saga, saga_step

GOALS = {"memory growth, %": 10, "more threads": 0, "more files": 0}
AT_ONCE = 128


@saga("trivial")
class Trivial:
    """Four steps that do nothing."""

    @saga_step("first")
    async def first(self, data):
        return {"first": data["number"]}

    @saga_step("second", depends_on="first")
    async def second(self, data):
        return {}

    @saga_step("third", depends_on="first")
    async def third(self, data):
        return {}

    @saga_step("fourth", depends_on=["second", "third"])
    async def fourth(self, data):
        return {"fourth": data["first"]}


async def run(engine: SagaEngine, sagas: int) -> None:
    """Run that many, some side by side."""
    numbers = iter(range(sagas))

    async def one_after_the_other() -> None:
        for number in numbers:
            assert (await engine.execute(Trivial, {"number": number})).is_success

    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))


async def figures(sagas: int, folder: str) -> dict[str, float]:
    """Run them in two halves, and look after each."""
    async with SagaEngine(f"sqlite:///{folder}/journal.db") as engine:
        begun_s = time.monotonic()
        await run(engine, sagas // 2)
        first = cost()
        await run(engine, sagas // 2)
        took_s = time.monotonic() - begun_s
        second = cost()
    return {
        "memory after the first half, MB": first.memory_mb,
        "memory after the second half, MB": second.memory_mb,
        "memory growth, %": (second.memory_mb / first.memory_mb - 1) * 100,
        "more threads": second.threads - first.threads,
        "more files": second.files - first.files,
        "sagas a second": sagas / took_s,
    }


def main() -> int:
    """Measure; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sagas", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fireflytx-soak-") as folder:
        return missed(asyncio.run(figures(asked.sagas, folder)), GOALS)


if __name__ == "__main__":
    sys.exit(main())
