"""``fireflytx doctor`` on machines where something keeps sagas from running."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fireflytx import SagaEngine, saga, saga_step
from fireflytx.cli import doctor
from fireflytx.cli.exits import Exit

Disk = shutil._ntuple_diskusage  # type: ignore[attr-defined]


@saga("order")
class Order:
    @saga_step("reserve", compensation=None)
    async def reserve(self, order):
        return {"where": "hall 7"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("FIREFLYTX_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(store: str | None = None) -> dict[str, str]:
    """What is not good."""
    return {each.what: each.found for each in asyncio.run(doctor.diagnoses(store)) if not each.is_good}


async def make_a_journal() -> None:
    async with SagaEngine() as engine:
        await engine.execute(Order, correlation_id="one")


def test_a_machine_that_is_well_has_no_complaint(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(make_a_journal())

    assert found() == {}
    assert asyncio.run(doctor.examine(None, as_json=False)) is Exit.DONE
    assert capsys.readouterr().out.splitlines()[-1] == "journal      ok      1 sagas, sound"


def test_no_java_is_told_with_where_it_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("FIREFLYTX_JAVA_HOME", "JAVA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("fireflytx._bridge.java._bundled_executable", lambda: None)
    complaints = found()

    assert set(complaints) == {"Java", "engine"}
    assert "17 or newer" in complaints["Java"]


def test_a_java_that_is_too_old_is_told_by_its_version(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable = folder / "jdk" / "bin" / "java"
    executable.parent.mkdir(parents=True)
    executable.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    executable.chmod(0o755)
    (folder / "jdk" / "release").write_text('JAVA_VERSION="11.0.2"\n')
    monkeypatch.setenv("FIREFLYTX_JAVA_HOME", str(folder / "jdk"))

    assert "11" in found()["Java"]


def test_a_folder_that_can_t_be_written_to_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)  # whoever runs the tests may be root

    assert found()["store"].startswith(f"The folder '{folder}' of the journal")


def test_a_file_in_the_place_of_a_folder_is_named(folder: Path) -> None:
    (folder / ".fireflytx").write_text("")

    assert "is no folder" in found()["store"]


def test_a_disk_that_is_nearly_full_is_told_before_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: Disk(2**30, 2**30 - 2**20, 2**20))

    assert "has 1 MB free" in found()["store"]


def test_a_damaged_journal_is_not_called_good(folder: Path) -> None:
    asyncio.run(make_a_journal())
    journal = folder / ".fireflytx" / "journal.db"
    with closing(sqlite3.connect(journal)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = journal.read_bytes()
    assert whole.count(b"hall 7") == 1
    journal.write_bytes(whole.replace(b"hall 7", b"hall 8"))

    assert "is not what was written" in found()["journal"]
    assert asyncio.run(doctor.examine(None, as_json=False)) is Exit.NOT_GOOD


def test_a_file_that_is_no_journal_is_told_so(folder: Path) -> None:
    (folder / "notes.txt").write_text("buy bread " * 500)

    assert "notes.txt" in found("sqlite:///notes.txt")["journal"]
