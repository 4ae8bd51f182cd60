"""A disk of 256 kB: what fits in is kept, what doesn't is refused by name, and with more room it goes on."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.faults.kit import needs_mounts

pytestmark = [pytest.mark.integration, pytest.mark.slow, needs_mounts]

PROGRAM = """
import asyncio, subprocess
from fireflytx import SagaEngine, SagaStatus, saga, saga_step
from fireflytx.exceptions import EngineError

STORE = "sqlite:///disk/journal.db"

@saga("keep")
class Keep:
    @saga_step("keep", compensation=None)
    async def keep(self, data):
        return {"kept": "x" * 1_000}

async def until_it_is_full():
    acknowledged = []
    engine = SagaEngine(STORE)
    try:
        for number in range(1000):
            acknowledged.append((await engine.execute(Keep, correlation_id=f"keep-{number}")).correlation_id)
    except EngineError as error:
        print(error)
    await engine.shutdown()
    return acknowledged

async def main():
    acknowledged = await until_it_is_full()
    subprocess.run(["mount", "-o", "remount,size=8m", "disk"], check=True)
    async with SagaEngine(STORE) as engine:
        engine.register(Keep)
        for each in acknowledged:
            assert (await (await engine.get(each)).result()).status is SagaStatus.COMPLETED, each
        next_one = f"keep-{len(acknowledged)}"
        assert (await engine.execute(Keep, correlation_id=next_one)).is_success
    print("acknowledged:", len(acknowledged))

asyncio.run(main())
"""


def test_a_full_disk_is_told_by_name_and_with_more_room_all_goes_on(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "program.py").write_text(PROGRAM)
    run = f"mount -t tmpfs -o size=256k none disk && exec {shlex.quote(sys.executable)} program.py"
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", run],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"'{tmp_path}/disk/journal.db' can't be" in done.stdout
    assert int(done.stdout.rpartition("acknowledged: ")[2]) > 0
