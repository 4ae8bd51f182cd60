"""Steps that end the program."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.unit.worker_bench import Bench, saga_of


def test_a_second_system_exit_does_not_break_off_the_cleaning_up_after_the_first():
    async def step(self: Any, data: Any) -> None:
        raise SystemExit(3)

    async def two_exits() -> None:
        bench = Bench()
        for number in (1, 2):
            bench.begin(saga_of(step), number=number)
        await asyncio.sleep(60)

    with asyncio.Runner() as runner:
        with pytest.raises(SystemExit):
            runner.run(two_exits())
        runner.run(asyncio.sleep(0))
