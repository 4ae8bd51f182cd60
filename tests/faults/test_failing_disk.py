"""Syncs and writes that fail under running sagas; ``make test-faults`` runs the long form."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash.kill_loop import run_round
from tests.faults.failing_disk import DiskRound
from tests.faults.kit import FAULTS, Disk, needs_strace
from tests.integration.processes import engines_of

from fireflytx import SagaEngine
from fireflytx.decorators.saga import saga, saga_step
from fireflytx.exceptions import EngineError

pytestmark = [pytest.mark.integration, pytest.mark.slow, needs_strace]

SAGAS = 50


@saga("echo")
class Echo:
    @saga_step("echo")
    async def echo(self, data):
        return {}


def test_no_failing_sync_or_write_breaks_a_promise():
    seed = random.SystemRandom().randrange(10**6)
    faults, wrong = run_round(seed, sagas=SAGAS, kind=DiskRound)
    assert wrong == [], f"seed {seed}: {faults}"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path)
    yield disk
    disk.mend()


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", FAULTS)
async def test_one_call_that_fails_is_a_warning_and_nothing_else(
    fault: str, disk: Disk, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async with SagaEngine(f"sqlite:///{tmp_path}/sagas.db", java=str(disk.java)) as engine:
        assert (await engine.execute(Echo)).is_success
        disk.fail_once(engines_of(os.getpid()), fault)
        assert (await engine.execute(Echo)).is_success
    assert "exit code 70; another one takes over its sagas." in caplog.text


@pytest.mark.asyncio
async def test_a_disk_that_goes_on_failing_is_told_by_name_until_it_is_mended(disk: Disk, tmp_path: Path):
    async with SagaEngine(f"sqlite:///{tmp_path}/sagas.db", java=str(disk.java)) as engine:
        assert (await engine.execute(Echo)).is_success
        disk.fail(engines_of(os.getpid()), "EIO on sync")
        with pytest.raises(EngineError, match=r"sagas\.db' can't be"):
            await engine.execute(Echo, correlation_id="e-1")
        disk.mend()
        assert (await engine.execute(Echo, correlation_id="e-1")).is_success
