"""What the millionth saga of a journal costs, in comparison with an early one.

python -m tests.scale.millionth --sagas 1000000                # ids made by the SDK, in the order of time
python -m tests.scale.millionth --sagas 1000000 --given-ids    # ids that the caller gives, in no order
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import statistics
import sys
import tempfile
import time
import uuid

from bench.processes import cpu_s, tree
from tests.scale.resources import missed
from tests.scale.soak import AT_ONCE, Trivial

from fireflytx import SagaEngine

GOALS = {"more processor time, %": 10}
# Several windows at either end, whose medians count: a machine has bad moments.
WINDOWS = 5
WINDOW = 10_000
# By then Java's compilers have done their work.
WARM_UP = 50_000


class Load:
    """Sagas one after the other, some side by side, all in one engine."""

    def __init__(self, engine: SagaEngine, given_ids: bool) -> None:
        self._engine = engine
        self._given_ids = given_ids
        self._numbers = itertools.count()

    async def run(self, sagas: int) -> tuple[float, float]:
        """Run that many; the processor time of one, in microseconds, and how many ended in a second."""
        before_s, begun_s = cpu_s(tree(os.getpid())), time.monotonic()
        numbers = itertools.islice(self._numbers, sagas)
        await asyncio.gather(*(self._one_after_the_other(numbers) for _ in range(AT_ONCE)))
        used_s = cpu_s(tree(os.getpid())) - before_s
        return used_s / sagas * 1e6, sagas / (time.monotonic() - begun_s)

    async def typical(self) -> tuple[float, float]:
        """The medians of some windows."""
        used_us, rates = zip(*[await self.run(WINDOW) for _ in range(WINDOWS)], strict=True)
        return statistics.median(used_us), statistics.median(rates)

    async def _one_after_the_other(self, numbers: itertools.islice[int]) -> None:
        for number in numbers:
            given = str(uuid.uuid4()) if self._given_ids else None
            result = await self._engine.execute(Trivial, {"number": number}, correlation_id=given)
            assert result.is_success


async def figures(sagas: int, given_ids: bool, folder: str) -> dict[str, float]:
    """Measure early sagas and the last ones of a journal."""
    journal = f"{folder}/journal.db"
    async with SagaEngine(f"sqlite:///{journal}") as engine:
        load = Load(engine, given_ids)
        await load.run(WARM_UP)
        early_us, early_rate = await load.typical()
        await load.run(max(0, sagas - WARM_UP - 2 * WINDOWS * WINDOW))
        late_us, late_rate = await load.typical()
    return {
        "processor time of an early saga, µs": early_us,
        "processor time of a late saga, µs": late_us,
        "more processor time, %": (late_us / early_us - 1) * 100,
        "early sagas a second": early_rate,
        "late sagas a second": late_rate,
        "the journal, MB": _size_mb(journal),
    }


def _size_mb(file: str) -> float:
    return os.path.getsize(file) / 2**20


def main() -> int:
    """Measure; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sagas", type=int, default=1_000_000)
    parser.add_argument("--given-ids", action="store_true", help="the caller gives ids that come in no order")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fireflytx-millionth-") as folder:
        return missed(asyncio.run(figures(asked.sagas, asked.given_ids, folder)), GOALS)


if __name__ == "__main__":
    sys.exit(main())
