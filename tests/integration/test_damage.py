"""One saga's rows are damaged: it is named, and all others go on."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path

import pytest

from fireflytx import JournalProblem, SagaEngine, SagaStatus
from fireflytx.decorators.saga import saga, saga_step
from fireflytx.exceptions import StoreError

pytestmark = pytest.mark.asyncio
calls: list[str] = []


@saga("patient")
class Patient:
    @saga_step("wait", compensation=None)
    async def wait(self, data, context):
        calls.append(context.correlation_id)
        if context.attempt == 1:
            await asyncio.sleep(60)


async def leave_two_running(store: str) -> None:
    calls.clear()
    async with SagaEngine(store, shutdown_timeout_ms=0) as engine:
        for correlation_id in ("bad", "good"):
            await engine.start(Patient, {"secret": "4711"}, correlation_id=correlation_id)
        while len(calls) < 2:  # noqa: ASYNC110 - the steps are in a loop of their own making
            await asyncio.sleep(0.01)


def damage(journal: Path) -> None:
    with sqlite3.connect(journal) as database:
        database.execute("UPDATE facts SET body = replace(body, '4711', '4712') WHERE saga = 1")
    database.close()


async def test_a_damaged_saga_is_named_and_the_others_go_on(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    journal = tmp_path / "sagas.db"
    await leave_two_running(f"sqlite:///{journal}")
    damage(journal)
    complaint = (
        f"The journal '{journal}' is damaged: a row of saga 'patient' bad is not what was written. "
        "Restore the file from a backup."
    )
    engine = SagaEngine(f"sqlite:///{journal}")
    engine.register(Patient)
    async with engine:
        assert (await (await engine.get("good")).result()).status == SagaStatus.COMPLETED
        for asked in (engine.get("bad"), engine.history("bad"), engine.start(Patient, correlation_id="bad")):
            with pytest.raises(StoreError) as refusal:
                await asked
            assert str(refusal.value) == complaint
        report = await engine.verify()
    assert report.problems == (JournalProblem(complaint, "bad", "patient"),)
    assert not report.is_sound
    errors = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == [f"Saga 'patient' bad: it does not go on. {complaint}"]


@pytest.mark.parametrize("where", ["memory", "sqlite"])
async def test_a_sound_store_has_no_problems_while_sagas_run(where: str, tmp_path: Path):
    calls.clear()
    store = f"sqlite:///{tmp_path}/sagas.db" if where == "sqlite" else where
    async with SagaEngine(store, shutdown_timeout_ms=0) as engine:
        await engine.start(Patient)
        report = await engine.verify()
    assert (report.is_sound, report.sagas, report.problems) == (True, 1, ())
    assert report.facts >= 2
