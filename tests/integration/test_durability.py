"""What a journal keeps, from one process to the next."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.integration.processes import engines_of, run_script, script

from fireflytx import SagaContext, SagaEngine, SagaStatus
from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.exceptions import (
    IdConflictError,
    NonRetryableError,
    StoreError,
    UnknownSagaError,
)

_SHOP = """
import asyncio, os, sys
from fireflytx import SagaEngine
from fireflytx.decorators.saga import compensation_step, saga, saga_step
from fireflytx.exceptions import NonRetryableError

def note(text):
    descriptor = os.open("ledger", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, (text + "\\n").encode())
    os.close(descriptor)

def die_once(name):
    if not os.path.exists(name):
        open(name, "w").close()
        os.kill(os.getpid(), 9)

@saga("order")
class Order:
    @saga_step("reserve")
    async def reserve(self, order, context):
        note("reserve")
        context.set_data("shelf", order["shelf"])
        return {"reservation": "R-1"}

    @compensation_step("reserve")
    async def free(self, reserved, context):
        note(f"free {reserved['reservation']} {context.get_data('shelf')}")

    @saga_step("charge", depends_on="reserve", retry=2, backoff_ms=1)
    async def charge(self, order, context):
        note(f"charge {context.attempt} {context.get_data('shelf')} {context.idempotency_key}")
        if order.get("dies"):
            die_once("charge-died")
        if order.get("flaky") and context.attempt < order["flaky"]:
            raise ConnectionError("not yet")
        return {"paid": True}

    @compensation_step("charge")
    async def refund(self, charged, context):
        note(f"refund {context.attempt}")
        die_once("refund-died")

    @saga_step("ship", depends_on="charge", compensation=None)
    async def ship(self, order):
        note("ship")
        if order.get("unwanted"):
            raise NonRetryableError("nobody wants it")

async def main(data, expected):
    engine = SagaEngine("sqlite:///sagas.db")
    engine.register(Order)
    async with engine:
        print("begun", flush=True)
        result = await engine.execute(Order, data, correlation_id="o-1")
    print(result.status, expected(result))
"""


def run_until_it_ends(data: str, expected: str, folder: Path) -> tuple[str, list[str]]:
    """What the shop prints in the end, and its ledger; when it kills itself, it is started again."""
    text = f"{_SHOP}\nasyncio.run(main({data}, lambda result: {expected}))"
    for _ in range(5):
        process = script(text, folder)
        output, errors = process.communicate(timeout=60)
        if process.returncode != -9:
            assert process.returncode == 0, errors
            return output.splitlines()[-1], (folder / "ledger").read_text().splitlines()
    raise AssertionError("it died more often than it should")


def test_a_saga_goes_on_where_a_killed_python_left_it(tmp_path: Path):
    end, ledger = run_until_it_ends("{'shelf': 7, 'dies': True}", "list(result.steps)", tmp_path)
    assert end == "COMPLETED ['reserve', 'charge', 'ship']"
    assert ledger == ["reserve", "charge 1 7 o-1:charge", "charge 2 7 o-1:charge", "ship"]


def test_an_attempt_that_a_kill_took_away_does_not_count_against_the_retries(tmp_path: Path):
    data = "{'shelf': 7, 'dies': True, 'flaky': 3}"
    end, ledger = run_until_it_ends(data, "result.steps['charge'].attempts", tmp_path)
    assert end == "COMPLETED 3"
    assert [line.split()[:2] for line in ledger if line.startswith("charge")] == [
        ["charge", "1"],
        ["charge", "2"],
        ["charge", "3"],
    ]


def test_undoing_goes_on_and_nothing_goes_forward_again(tmp_path: Path):
    data = "{'shelf': 7, 'unwanted': True}"
    end, ledger = run_until_it_ends(data, "result.compensated_steps", tmp_path)
    assert end == "COMPENSATED ['charge', 'reserve']"
    assert ledger == [
        "reserve",
        "charge 1 7 o-1:charge",
        "ship",
        "refund 1",
        "refund 2",
        "free R-1 7",
    ]


def test_the_first_recovered_step_runs_soon_after_the_start(tmp_path: Path):
    text = f"""{_SHOP}
import time
started_s = time.monotonic()

@saga("slow")
class Slow:
    @saga_step("wait")
    async def wait(self, data, context):
        if context.attempt == 1:
            os.kill(os.getpid(), 9)
        print(time.monotonic() - started_s < 5, flush=True)

async def resume():
    engine = SagaEngine("sqlite:///sagas.db")
    engine.register(Slow)
    async with engine:
        print(await (await engine.start(Slow, correlation_id="s-1")).result() is not None)

asyncio.run(resume())
"""
    process = script(text, tmp_path)
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert run_script(text, tmp_path)[0] == "True\nTrue\n"


calls: list[str] = []


@saga("order")
class Order:
    @saga_step("reserve")
    async def reserve(self, order):
        calls.append("reserve")
        return {"shelf": order.get("shelf")}

    @compensation_step("reserve")
    async def free(self, reserved, context: SagaContext):
        calls.append("free")

    @saga_step("charge", depends_on="reserve", compensation=None)
    async def charge(self, order, context: SagaContext):
        context.set_data("secret", "4711")
        if order.get("declined"):
            raise NonRetryableError("Payment declined")
        return {"paid": "4711"}


@saga("waiting")
class Waiting:
    @saga_step("wait", compensation=None)
    async def wait(self, data, context: SagaContext):
        calls.append(f"wait {context.attempt}")
        if context.attempt == 1:
            await asyncio.sleep(60)


@pytest.fixture(autouse=True)
def _afresh() -> None:
    calls.clear()


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/sagas.db"


@pytest_asyncio.fixture
async def engine(store: str) -> AsyncIterator[SagaEngine]:
    async with SagaEngine(store) as engine:
        yield engine


@pytest.mark.asyncio
async def test_a_result_outlives_its_engine_and_joins_later_starts(store: str):
    async with SagaEngine(store) as first:
        before = await first.execute(Order, {"shelf": 7}, correlation_id="o-1")
    async with SagaEngine(store) as second:
        after = await (await second.get("o-1")).result()
        joined = await second.execute(Order, {"shelf": 7}, correlation_id="o-1")
        with pytest.raises(IdConflictError):
            await second.execute(Order, {"shelf": 8}, correlation_id="o-1")
    assert before == after == joined
    assert calls == ["reserve"]


@pytest.mark.asyncio
async def test_a_saga_whose_class_is_missing_waits_until_it_is_registered(store: str):
    async with SagaEngine(store, shutdown_timeout_ms=0) as first:
        await first.start(Waiting, correlation_id="w-1")
        while not calls:  # noqa: ASYNC110 - the step is in a loop of its own making
            await asyncio.sleep(0.01)
    async with SagaEngine(store) as second:
        handle = await second.get("w-1")
        assert (handle.saga, await handle.status()) == ("waiting", SagaStatus.RUNNING)
        with pytest.raises(UnknownSagaError, match="waiting"):
            await handle.result()
        second.register(Waiting)
        assert (await handle.result()).is_success
    assert calls == ["wait 1", "wait 2"]


@pytest.mark.asyncio
async def test_an_unfinished_saga_goes_on_with_initialize_alone(store: str, caplog: pytest.LogCaptureFixture):
    async with SagaEngine(store, shutdown_timeout_ms=0) as first:
        await first.start(Waiting, correlation_id="w-1")
        while not calls:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    second = SagaEngine(store)
    second.register(Waiting)
    with caplog.at_level(logging.INFO, "fireflytx"):
        await second.initialize()
    while len(calls) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await second.shutdown()
    path = store.removeprefix("sqlite:///")
    assert (
        f"Sagas are kept in '{path}'. Unfinished: 1; each goes on when its class is registered."
        in caplog.messages
    )


@pytest.mark.asyncio
async def test_memory_is_not_worth_a_line(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO, "fireflytx"):
        async with SagaEngine("memory"):
            pass
    assert caplog.messages == []


@pytest.mark.asyncio
async def test_the_default_journal_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("FIREFLYTX_STORE")
    monkeypatch.chdir(tmp_path)
    async with SagaEngine() as engine:
        await engine.execute(Order)
    folder = tmp_path / ".fireflytx"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {name for name in modes if name.startswith("journal.db")} >= {"journal.db"}
    assert {mode for name, mode in modes.items() if name != ".gitignore"} == {0o600}


@pytest.mark.asyncio
async def test_an_engine_leaves_no_library_in_the_temporary_folder(store: str):
    def libraries() -> set[str]:
        return {name for name in os.listdir(tempfile.gettempdir()) if "sqlitejdbc" in name}

    before = libraries()
    async with SagaEngine(store) as engine:
        await engine.execute(Order)
    assert libraries() <= before


@pytest.mark.asyncio
async def test_a_file_that_is_no_journal_is_refused_by_name_and_left_alone(tmp_path: Path, store: str):
    other = sqlite3.connect(tmp_path / "sagas.db")
    other.execute("CREATE TABLE invoices (id)")
    other.commit()
    other.close()
    before = (tmp_path / "sagas.db").read_bytes()
    with pytest.raises(StoreError, match=r"sagas\.db' is a SQLite file, but no FireflyTX journal"):
        await SagaEngine(store).initialize()
    assert (tmp_path / "sagas.db").read_bytes() == before
    assert engines_of(os.getpid()) == []


@pytest.mark.asyncio
async def test_a_text_in_the_place_of_a_journal_is_refused_by_name(tmp_path: Path, store: str):
    (tmp_path / "sagas.db").write_text("groceries: milk, eggs, and so on\n" * 100)
    with pytest.raises(StoreError, match=r"sagas\.db"):
        await SagaEngine(store).initialize()
    assert engines_of(os.getpid()) == []


@pytest.mark.asyncio
async def test_a_folder_that_cannot_be_made_is_refused_by_name(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"file/sagas\.db"):
        await SagaEngine(f"sqlite:///{tmp_path}/file/sagas.db").initialize()


def test_run_uses_the_journal_of_the_current_folder(tmp_path: Path):
    text = """
import fireflytx
from fireflytx import saga, saga_step

@saga("counted")
class Counted:
    @saga_step("count")
    async def count(self, data):
        print("ran")

print(fireflytx.run(Counted, correlation_id="c-1").status)
"""
    (tmp_path / "script.py").write_text(text)
    environment = {name: value for name, value in os.environ.items() if name != "FIREFLYTX_STORE"}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2] / "python")
    command = [sys.executable, "script.py"]
    runs = [
        subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert [run.stdout for run in runs] == ["ran\nCOMPLETED\n", "COMPLETED\n"]
