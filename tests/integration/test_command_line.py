"""The command ``fireflytx``, as people and scripts use it: real processes, a real journal."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.integration.processes import becomes_true, script

from fireflytx import SagaEngine

PYTHON_FOLDER = Path(__file__).parents[2] / "python"
SHOP = r"""
import asyncio
from fireflytx import SagaEngine, saga, saga_step
from fireflytx.decorators.saga import compensation_step
from fireflytx.exceptions import NonRetryableError

@saga("order", redact=["pin"])
class Order:
    @saga_step("reserve", retry=1)
    async def reserve(self, order):
        if order.get("talks"):
            print("a step says something")
        return {"reservation": 17, "pin": "1234"}

    @compensation_step("reserve", retry=1)
    async def release(self, reservation, context):
        if context.input.get("stuck"):
            raise NonRetryableError("the warehouse is closed")

    @saga_step("charge", depends_on="reserve", retry=1)
    async def charge(self, order):
        if order.get("decline"):
            raise NonRetryableError("declined \x1b[31m<script> \u202e")
        if order.get("slow"):
            await asyncio.sleep(3600)

    @saga_step("ship", depends_on="charge", retry=1, pivot=True)
    async def ship(self, order): ...

    @saga_step("tell", depends_on="ship", retry=1)
    async def tell(self, order):
        if order.get("nobody"):
            raise NonRetryableError("no address")
"""
PROGRAM = """
import asyncio
from fireflytx import SagaEngine
from shop import Order

async def main():
    async with SagaEngine(shutdown_timeout_ms=0) as engine:
        await engine.execute(Order, {"nobody": True}, correlation_id="parked")
        await engine.execute(Order, {"decline": True, "stuck": True}, correlation_id="stuck")
        await engine.start(Order, {"slow": True}, correlation_id="slow")
        print("up", flush=True)
        await asyncio.sleep(3600)

asyncio.run(main())
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("FIREFLYTX_STORE", raising=False)
    (tmp_path / "shop.py").write_text(SHOP)
    return tmp_path


def command(folder: Path, *words: str) -> tuple[list[str], dict[str, Any]]:
    return [sys.executable, "-m", "fireflytx.cli.main", *words], {
        "cwd": folder,
        "text": True,
        "env": {**os.environ, "PYTHONPATH": str(PYTHON_FOLDER), "COLUMNS": "80"},
    }


def cli(folder: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    line, how = command(folder, *words)
    return subprocess.run(line, input=stdin, capture_output=True, timeout=60, check=False, **how)


def run(folder: Path, correlation_id: str, **order: Any) -> subprocess.CompletedProcess[str]:
    words = ("run", "shop:Order", "--input", "-", "--id", correlation_id)
    return cli(folder, *words, stdin=json.dumps(order))


def test_a_saga_that_completes_ends_the_command_well_and_is_listed_and_shown(folder: Path) -> None:
    done = run(folder, "one")
    listed = cli(folder, "list", "--json")
    shown = cli(folder, "show", "one")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "order one: COMPLETED"
    assert [(each["correlation_id"], each["status"]) for each in json.loads(listed.stdout)] == [
        ("one", "COMPLETED")
    ]
    assert [line.split()[0] for line in shown.stdout.splitlines()[6:]] == [
        "reserve",
        "charge",
        "ship",
        "tell",
    ]


def test_a_saga_that_fails_ends_the_command_badly_and_harms_no_terminal(folder: Path) -> None:
    failed = run(folder, "one", decline=True)
    shown = cli(folder, "show", "one")
    history = cli(folder, "history", "one", "--json")

    assert failed.returncode == 1
    assert r"NonRetryableError: declined \x1b[31m<script> \u202e" in failed.stdout
    assert "reserve undo" in shown.stdout
    for said in (failed.stdout, shown.stdout, history.stdout):
        assert not {"\x1b", "\u202e"} & set(said)
    assert json.loads(history.stdout)[-1]["fact"] == "saga-ended"


def test_the_result_as_json_has_every_step_and_no_field_that_nobody_may_see(folder: Path) -> None:
    done = cli(folder, "run", "shop:Order", "--json", "--input", "-", stdin='{"talks": true}')
    result = json.loads(done.stdout)

    assert done.stderr == "a step says something\n"  # which is no JSON
    assert result["steps"]["reserve"]["result"] == {"reservation": 17, "pin": "***"}
    assert result["status"] == "COMPLETED"


def test_decisions_reach_the_program_that_runs_the_saga(folder: Path) -> None:
    program = script(PROGRAM, folder)
    assert program.stdout is not None
    try:
        assert program.stdout.readline() == "up\n"
        shown = cli(folder, "show", "parked")
        completed = cli(folder, "step", "complete", "parked", "tell", "--reason", "phoned")
        cancelled = cli(folder, "cancel", "slow", "--reason", "too slow")
        watched = cli(folder, "watch", "slow")
        refused = cli(folder, "step", "retry", "parked", "tell")
        skipped = cli(folder, "skip", "stuck", "reserve", "--reason", "lost")
    finally:
        program.kill()
        program.communicate()

    assert "fireflytx step complete --result '{…}' --reason '…' parked tell" in shown.stdout
    assert completed.stdout in {"The saga is now COMPLETED\n", "The saga is now RUNNING\n"}
    assert (cancelled.returncode, cancelled.stdout) == (0, "It is being cancelled.\n")
    assert (watched.returncode, watched.stdout.splitlines()[-1]) == (1, "COMPENSATED")
    assert refused.returncode == 4
    assert (skipped.returncode, skipped.stdout) == (0, "The saga is now COMPENSATED\n")


def test_without_a_program_the_class_is_asked_for_and_then_runs_here(folder: Path) -> None:
    assert run(folder, "one", decline=True, stuck=True).returncode == 1
    before = cli(folder, "history", "one").stdout
    alone = cli(folder, "retry", "one")
    after = cli(folder, "history", "one").stdout
    named = cli(folder, "retry", "one", "--with", "shop:Order")
    skipped = cli(folder, "skip", "one", "reserve", "--reason", "lost", "--with", "shop:Order")

    assert alone.returncode == 4
    assert "no engine runs it. Start the program that has its class" in alone.stderr
    assert "--with module:Class" in alone.stderr
    assert after == before
    assert (named.returncode, named.stdout) == (1, "The saga is now COMPENSATION_FAILED\n")
    assert (skipped.returncode, skipped.stdout) == (0, "The saga is now COMPENSATED\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("show", "nobody"), 3, "No saga has the id 'nobody'"),
        (("list", "--status", "done"), 2, "Invalid value for '--status': "),
        (("graph", "shop:Order", "--format", "png"), 2, "Invalid value for '--format'"),
        (("export", "nobody"), 3, "No saga has the id 'nobody'"),
        (("import", "shop.py", "--store", "sqlite:///other.db"), 4, "this is no export of sagas"),
        (("import", "nothing.jsonl"), 2, "The export '"),
        (("list", "--store", "memory"), 2, "Sagas in memory can be seen by their own program alone."),
        (("list", "--store", "sqlite:///nowhere.db"), 5, "There is no journal '"),
        (("run", "shop:Ordr"), 2, "Did you mean Order?"),
        (("run", "shop:Order", "--input", "nothing.json"), 2, "The input 'nothing.json' can't be read: "),
    ],
)
def test_a_mistake_is_one_sentence_and_its_own_exit_code(
    folder: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    if "--store" not in words:
        run(folder, "one")

    done = cli(folder, *words)

    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(f"Error: {said}") or said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_stops_reading_is_no_error(folder: Path) -> None:
    run(folder, "one")
    line, how = command(folder, "list")
    listing = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)
    assert listing.stdout is not None
    listing.stdout.close()

    assert "Traceback" not in listing.communicate(timeout=60)[1]


def test_ctrl_c_leaves_the_saga_to_the_next_engine(folder: Path) -> None:
    line, how = command(folder, "run", "shop:Order", "--input", "-", "--id", "slow")
    running = subprocess.Popen(
        line,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        **how,
    )
    assert running.stdin is not None
    running.stdin.write('{"slow": true}')
    running.stdin.close()
    running.stdin = None
    assert becomes_true(lambda: '"RUNNING"' in cli(folder, "list", "--json").stdout, within_s=20)

    os.kill(running.pid, signal.SIGINT)
    complaints = running.communicate(timeout=60)[1]

    assert running.returncode == 130
    assert complaints == (
        "Left. Saga 'order' slow stays in the journal, and goes on with the next engine that has its class.\n"
    )


def test_a_finding_ends_the_check_badly(folder: Path) -> None:
    found = cli(folder, "check", "shop")

    assert found.returncode == 1
    assert "FTX101" in found.stdout


def test_the_doctor_says_what_there_is(folder: Path) -> None:
    well = cli(folder, "doctor", "--json")
    ill = cli(folder, "doctor", "--store", "sqlite:////proc/nowhere/journal.db")

    assert well.returncode == 0
    assert {each["what"] for each in json.loads(well.stdout)} == {
        "Python", "fireflytx", "Java", "start cache", "store", "engine", "journal",
    }  # fmt: skip
    assert ill.returncode == 1
    assert "store        NOT OK" in ill.stdout


def test_without_typer_the_command_says_how_to_get_it(folder: Path) -> None:
    code = "import sys; sys.modules['typer'] = None; from fireflytx.cli.main import main; main()"
    line, how = command(folder)
    done = subprocess.run([line[0], "-c", code], capture_output=True, check=False, **how)

    assert (done.returncode, done.stderr) == (
        2, "The command line needs typer and rich: pip install 'fireflytx[cli]'\n",
    )  # fmt: skip


MANY_SLOW = PROGRAM.replace(
    'await engine.start(Order, {"slow": True}, correlation_id="slow")',
    'for number in range(5):\n'
    '            await engine.start(Order, {"slow": True}, correlation_id=f"slow-{number}")',
)  # fmt: skip


async def how_long_cancels_take(folder: Path) -> list[float]:
    """In seconds, each from the call to the owner's answer."""
    took: list[float] = []
    async with SagaEngine(f"sqlite:///{folder}/.fireflytx/journal.db", observer=True) as observer:
        for number in range(5):
            begun = time.monotonic()
            assert await observer.cancel(f"slow-{number}", "too slow")
            took.append(time.monotonic() - begun)
    return took


def test_another_process_does_what_is_asked_within_a_second(folder: Path) -> None:
    program = script(MANY_SLOW, folder)
    assert program.stdout is not None
    try:
        assert program.stdout.readline() == "up\n"
        took = asyncio.run(how_long_cancels_take(folder))
    finally:
        program.kill()
        program.communicate()

    # The owner looks once a second, and whoever asked ten times; the machine that tests may be busy.
    assert statistics.median(took) < 1.5, took
