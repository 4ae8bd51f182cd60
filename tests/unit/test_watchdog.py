from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator

import pytest

from fireflytx.watchdog import Suspect, Watchdog

pytestmark = pytest.mark.asyncio

_LIMIT_MS = 60
_SUSPECT = Suspect("order", "charge", "ord-1", 2)


class Watched:
    """A watchdog over a pretended attempt."""

    def __init__(self) -> None:
        self.is_busy = True
        self.suspect: Suspect | None = _SUSPECT
        self.watchdog = Watchdog(_LIMIT_MS, suspect=lambda _: self.suspect, is_busy=lambda: self.is_busy)
        self.watchdog.watch()


class Caught(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__()
        self.emit = records.append  # type: ignore[method-assign]


@pytest.fixture
def warnings() -> Iterator[list[logging.LogRecord]]:
    records: list[logging.LogRecord] = []
    handler = Caught(records)
    logging.getLogger("fireflytx").addHandler(handler)
    yield records
    logging.getLogger("fireflytx").removeHandler(handler)


def watchdog_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "fireflytx-watchdog"]


def block_until(is_noticed: list[logging.LogRecord], count: int) -> None:
    """Hold the loop, as a careless step does, until the watchdog has spoken."""
    end_s = time.monotonic() + 5
    while len(is_noticed) < count and time.monotonic() < end_s:
        time.sleep(0.001)


def block_for_ms(duration_ms: float) -> None:
    time.sleep(duration_ms / 1000)


async def test_a_step_that_blocks_the_loop_is_named_with_its_place_while_it_blocks(warnings):
    watched = Watched()
    await asyncio.sleep(0)
    block_until(warnings, 1)
    watched.watchdog.close()
    (record,) = warnings
    assert "Saga 'order': step 'charge'" in record.getMessage()
    assert "test_watchdog.py" in record.getMessage()
    assert "(block_until)" in record.getMessage()


async def test_the_warning_carries_the_attempt_as_extras(warnings):
    watched = Watched()
    block_until(warnings, 1)
    watched.watchdog.close()
    record = warnings[0]
    about = (record.correlation_id, record.saga, record.step, record.attempt)  # type: ignore[attr-defined]
    assert about == ("ord-1", "order", "charge", 2)


async def test_one_stall_is_warned_about_once(warnings):
    watched = Watched()
    block_until(warnings, 1)
    block_for_ms(3 * _LIMIT_MS)
    watched.watchdog.close()
    assert len(warnings) == 1


async def test_a_second_stall_is_warned_about_again(warnings):
    watched = Watched()
    block_until(warnings, 1)
    await asyncio.sleep(_LIMIT_MS / 1000)
    block_until(warnings, 2)
    watched.watchdog.close()
    assert len(warnings) == 2


async def test_a_loop_that_runs_is_left_alone(warnings):
    watched = Watched()
    await asyncio.sleep(3 * _LIMIT_MS / 1000)
    watched.watchdog.close()
    assert warnings == []


async def test_a_stall_in_code_that_is_no_step_is_not_our_business(warnings):
    watched = Watched()
    watched.suspect = None
    block_for_ms(3 * _LIMIT_MS)
    watched.watchdog.close()
    assert warnings == []


async def test_a_rest_without_attempts_is_no_stall(warnings):
    watched = Watched()
    watched.is_busy = False
    await asyncio.sleep(2 * _LIMIT_MS / 1000)
    block_for_ms(3 * _LIMIT_MS)
    watched.watchdog.close()
    assert warnings == []


async def test_it_wakes_up_again_after_a_rest(warnings):
    watched = Watched()
    watched.is_busy = False
    await asyncio.sleep(2 * _LIMIT_MS / 1000)
    watched.is_busy = True
    watched.watchdog.watch()
    block_until(warnings, 1)
    watched.watchdog.close()
    assert len(warnings) == 1


async def test_close_ends_the_thread():
    watched = Watched()
    assert len(watchdog_threads()) == 1
    watched.watchdog.close()
    assert watchdog_threads() == []


async def test_nothing_is_started_before_the_first_attempt():
    watchdog = Watchdog(_LIMIT_MS, suspect=lambda _: None, is_busy=lambda: False)
    assert watchdog_threads() == []
    watchdog.close()
