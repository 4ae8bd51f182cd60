"""The wall clock is moved by 400 days under running engines, and between two of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.faults.kit import LIBFAKETIME, needs_libfaketime

pytestmark = [pytest.mark.integration, pytest.mark.slow, needs_libfaketime]

ROOT = Path(__file__).parents[2]
DAYS_400_S = 400 * 24 * 3600
LIMIT_MS = 1_500
SLACK_MS = 3_000
OVERDUE = 20

SAGAS = """
import asyncio, json, pathlib, time
from fireflytx import SagaContext, SagaEngine, saga, saga_step

begun_s = time.monotonic()

def since_ms():
    return round((time.monotonic() - begun_s) * 1000)

attempts_ms = []

@saga("retried")
class Retried:
    @saga_step("try", retry=2, backoff_ms=2000, compensation=None)
    async def attempt(self, data, context: SagaContext):
        attempts_ms.append(since_ms())
        if context.attempt == 1:
            raise ConnectionError("not yet")

@saga("long-step")
class LongStep:
    @saga_step("wait", retry=1, timeout_ms=1500, compensation=None)
    async def wait(self, data):
        await asyncio.sleep(60)

@saga("long", timeout_ms=1500)
class Long:
    @saga_step("wait", compensation=None)
    async def wait(self, data):
        await asyncio.sleep(60)

@saga("calm")
class Calm:
    @saga_step("wait", timeout_ms=20000, compensation=None)
    async def wait(self, data):
        await asyncio.sleep(1.5)

engine = SagaEngine("sqlite:///journal.db")
for each in (Retried, LongStep, Long, Calm):
    engine.register(each)

def told(result):
    return {"status": result.status, "error": str(result.error), "ms": result.duration_ms}
"""

MOVED = """
def move(clock):
    moved = pathlib.Path("moved")
    moved.write_text(clock)
    moved.replace("clock")  # at once: nobody reads an empty file

async def main():
    async with engine:
        running = asyncio.gather(*(engine.execute(each) for each in (LongStep, Long, Calm, Retried)))
        for clock in ("+400d", "-400d"):
            await asyncio.sleep(0.5)
            move(clock)
        long_step, long, calm, retried = await running
        pauses = [fact.data["delay_ms"] for fact in await engine.history(retried.correlation_id)
                  if fact.name == "retry-scheduled"]
    print(json.dumps({"long step": told(long_step), "long": told(long), "calm": told(calm),
                      "retried": told(retried), "pause_ms": pauses[0],
                      "paused_ms": attempts_ms[1] - attempts_ms[0], "wall_s": time.time()}))

asyncio.run(main())
"""


def program(text: str, folder: Path) -> subprocess.Popen[str]:
    """Runs ``text`` behind the sagas; a file ``clock`` moves its and its engine's wall clock."""
    (folder / "program.py").write_text(SAGAS + text)
    clock = folder / "clock"
    moved = {
        "LD_PRELOAD": str(LIBFAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # Else a process that has asked for the time within two seconds goes on from what it knew then.
        "FAKETIME_NO_CACHE": "1",
        # Without this its timed waits end at once, and a JVM spends its time on waiting.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }
    return subprocess.Popen(
        [sys.executable, "program.py"],
        cwd=folder,
        env={**os.environ, **(moved if clock.exists() else {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def output(process: subprocess.Popen[str]) -> Any:
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return json.loads(printed)


def test_no_timer_of_a_running_engine_heeds_a_clock_that_is_moved_ahead_and_back(tmp_path: Path):
    (tmp_path / "clock").write_text("+0")
    told = output(program(MOVED, tmp_path))
    moved_by_s = told["wall_s"] - time.time()
    assert abs(abs(moved_by_s) - DAYS_400_S) < 60, "the clock was not moved at all"
    assert told["long step"]["error"] == "Step execution timeout after 1500ms"
    assert told["long"]["error"] == "Saga execution timeout after 1500ms"
    assert told["calm"]["status"] == told["retried"]["status"] == "COMPLETED"
    for each in ("long step", "long", "calm"):
        assert LIMIT_MS <= told[each]["ms"] < LIMIT_MS + SLACK_MS
    assert told["pause_ms"] <= told["paused_ms"] < told["pause_ms"] + SLACK_MS


LEAVE = f"""
async def main():
    await engine.initialize()
    handles = [await engine.start(Long, correlation_id=f"long-{{n}}") for n in range({OVERDUE})]
    await engine.start(LongStep, correlation_id="step")
    print("left", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""

RESUME = f"""
async def main():
    async with engine:
        step = asyncio.ensure_future((await engine.get("step")).result())
        ended_ms = []
        for n in range({OVERDUE}):
            handle = await engine.get(f"long-{{n}}")
            result = await handle.result()
            ended_ms.append(result.duration_ms)
        print(json.dumps({{"ended_ms": ended_ms, "step": told(await step)}}))

asyncio.run(main())
"""


@pytest.mark.long
@pytest.mark.parametrize("jump", ["+400d", "-400d"])
def test_across_a_restart_time_goes_on_whatever_the_clock_shows(tmp_path: Path, jump: str):
    first = program(LEAVE, tmp_path)
    assert first.stdout is not None
    assert first.stdout.readline() == "left\n"
    first.kill()
    first.communicate()
    (tmp_path / "clock").write_text(jump)
    time.sleep(1.5)  # so long that the time limits pass while nobody looks
    told = output(program(RESUME, tmp_path))
    assert all(LIMIT_MS <= each < LIMIT_MS + 2 * SLACK_MS for each in told["ended_ms"])
    assert len(set(told["ended_ms"])) > OVERDUE / 2, "what was overdue all ended in one moment"
    assert LIMIT_MS <= told["step"]["ms"] < LIMIT_MS + 2 * SLACK_MS
