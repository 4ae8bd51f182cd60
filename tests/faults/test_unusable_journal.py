"""Journals that can't be used: the error names the file and says why, and no process stays behind."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.faults.damage import without_log
from tests.faults.kit import needs_mounts
from tests.integration.processes import engines_of

from fireflytx import SagaEngine, saga, saga_step
from fireflytx.exceptions import StoreError

pytestmark = [pytest.mark.integration, pytest.mark.slow]

PROGRAM = """
import asyncio, os
from fireflytx import SagaEngine
from fireflytx.exceptions import StoreError
from tests.integration.processes import engines_of

async def main():
    try:
        await SagaEngine("sqlite:///store/sagas.db").initialize()
    except StoreError as error:
        print(error)
    assert engines_of(os.getpid()) == []

asyncio.run(main())
"""


@saga("kept")
class Kept:
    @saga_step("keep")
    async def keep(self, data):
        return {"kept": True}


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("journal") / "sagas.db"

    async def run() -> None:
        async with SagaEngine(f"sqlite:///{path}") as engine:
            for number in range(20):
                await engine.execute(Kept, correlation_id=f"kept-{number}")

    asyncio.run(run())
    return without_log(path)


@pytest.fixture
def path(tmp_path: Path, journal: bytes) -> Path:
    path = tmp_path / "store" / "sagas.db"
    path.parent.mkdir()
    path.write_bytes(journal)
    return path


def refusal(folder: Path, preparation: str) -> str:
    """The error of a program without root's rights that opens the store after ``preparation``."""
    program = f"exec setpriv --bounding-set=-all {shlex.quote(sys.executable)} -c {shlex.quote(PROGRAM)}"
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", f"{preparation} && {program}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


READ_ONLY = "mount --bind {0} {0} && mount -o remount,bind,ro {0}"


@needs_mounts
@pytest.mark.parametrize(
    ("preparation", "reason"),
    [
        pytest.param(READ_ONLY.format("store/sagas.db"), "it is read-only", id="a file mounted read-only"),
        pytest.param(READ_ONLY.format("store"), "can't open it", id="a read-only file system"),
        pytest.param("chmod 400 store/sagas.db", "it is read-only", id="a file of mode 0400"),
        pytest.param("chmod 0 store/sagas.db", "can't open it", id="a file of mode 0000"),
        pytest.param("chmod 500 store", "it is read-only", id="a folder of mode 0500"),
        pytest.param("chmod 0 store", "may not use", id="a folder of mode 0000"),
        pytest.param("rm store/sagas.db && mkdir store/sagas.db", "it is a folder", id="a folder"),
    ],
)
def test_a_journal_that_this_user_cannot_use_is_refused_by_name(path: Path, preparation: str, reason: str):
    error = refusal(path.parent.parent, preparation)
    assert str(path) in error
    assert reason in error


@pytest.mark.asyncio
@pytest.mark.parametrize("left_bytes", [100, 4_096, 30_000], ids=["header", "one page", "some pages"])
async def test_a_journal_that_was_cut_short_is_refused_by_name(path: Path, left_bytes: int):
    os.truncate(path, left_bytes)
    with pytest.raises(StoreError, match=re.escape(str(path))):
        await SagaEngine(f"sqlite:///{path}").initialize()
    assert engines_of(os.getpid()) == []
