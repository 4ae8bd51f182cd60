"""A journal that can't be written: what was acknowledged is there, and nothing else was acknowledged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# A limit on the size of files stands for a full disk: every write behind it fails, and it needs no root.
PROGRAM = """
import asyncio, resource, sys
from fireflytx import SagaEngine, SagaStatus, saga, saga_step
from fireflytx.exceptions import OutcomeUnknown

LIMIT = resource.RLIMIT_FSIZE
ROOM_BYTES = 3 * 1024 * 1024

@saga("large")
class Large:
    @saga_step("keep", compensation=None)
    async def keep(self, data):
        return {"kept": "x" * 50_000}

async def until_it_fails():
    acknowledged = []
    engine = SagaEngine("sqlite:///journal.db")
    try:
        for number in range(1000):
            result = await engine.execute(Large, correlation_id=f"large-{number}")
            acknowledged.append(result.correlation_id)
    except OutcomeUnknown as error:
        print(error)
    await engine.shutdown()
    return acknowledged

async def main():
    resource.setrlimit(LIMIT, (ROOM_BYTES, resource.RLIM_INFINITY))
    acknowledged = await until_it_fails()
    resource.setrlimit(LIMIT, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    async with SagaEngine("sqlite:///journal.db") as engine:
        engine.register(Large)
        for each in acknowledged:
            assert await (await engine.get(each)).status() is SagaStatus.COMPLETED, each
        first_lost = f"large-{len(acknowledged)}"
        assert (await engine.execute(Large, correlation_id=first_lost)).is_success
    print("acknowledged:", len(acknowledged))

asyncio.run(main())
"""


def test_a_full_disk_ends_the_engine_by_name_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "journal.db") in done.stdout
    assert "exit code 70" in done.stdout
    assert int(done.stdout.rpartition("acknowledged: ")[2]) > 5
