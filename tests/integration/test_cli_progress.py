"""The live view of a saga run, as a program or a notebook shows it."""

from __future__ import annotations

import asyncio
import io

import pytest
from rich.console import Console

from fireflytx import create_saga_engine
from fireflytx.cli.progress import show_progress
from fireflytx.decorators.saga import saga, saga_step

pytestmark = pytest.mark.asyncio


@saga("order")
class Order:
    @saga_step("reserve", compensation=None)
    async def reserve(self, order):
        await asyncio.sleep(0.3)

    @saga_step("charge", depends_on="reserve", retry=2, backoff_ms=1, compensation=None)
    async def charge(self, order):
        raise ValueError("declined \x1b[2J")


async def test_each_step_is_shown_as_it_stands_and_the_result_is_returned() -> None:
    shown = io.StringIO()
    terminal = Console(file=shown, force_terminal=True, width=80, height=20, color_system=None)
    async with create_saga_engine() as engine:
        result = await show_progress(await engine.start(Order, correlation_id="o-1"), console=terminal)

    text = shown.getvalue()
    assert result.failed_step == "charge"
    assert text.index("running") < text.index("failed")  # it was looked at meanwhile
    assert "order o-1, " in text
    last = text[text.rindex("order o-1") :]
    assert [line.split()[:2] for line in last.splitlines()[1:3]] == [
        ["reserve", "completed"],
        ["charge", "failed"],
    ]
    assert "#2 ValueError: declined \\x1b[2J" in last


async def test_whoever_stops_waiting_leaves_the_saga_alone() -> None:
    async with create_saga_engine() as engine:
        handle = await engine.start(Order, correlation_id="o-1")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(show_progress(handle, console=Console(file=io.StringIO())), 0.1)

        assert (await handle.result()).failed_step == "charge"
