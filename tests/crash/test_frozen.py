"""Two programs on one journal; one of them is stopped for longer than the other has patience, and goes on."""

from __future__ import annotations

import collections
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.integration.processes import becomes_true, engines_of

SAGAS = 150
STEPS = ["first", "second", "third"]
FROZEN_S = float(os.environ.get("FIREFLYTX_TEST_FROZEN_S", "12"))
LONGEST_RUN_S = 90

pytestmark = [pytest.mark.integration, pytest.mark.slow]


class Line(NamedTuple):
    """What a step wrote down."""

    at_s: float
    name: str
    what: str
    attempt: str


def program(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    root = Path(__file__).parents[2]
    with (folder / f"{arguments[0]}.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, str(root / "tests/crash/till.py"), str(folder / "till.db"), *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(root / "python")},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )


def ledger(folder: Path) -> list[Line]:
    lines = (folder / "ledger").read_text().splitlines() if (folder / "ledger").exists() else []
    words = [line.split(" ", 3) for line in lines]
    return [Line(float(at_s), name, what, attempt) for at_s, name, what, attempt in words]


def results(program: subprocess.Popen[str], log: Path) -> list[Any]:
    output, _ = program.communicate(timeout=LONGEST_RUN_S)
    assert program.returncode == 0, log.read_text()
    return [json.loads(line) for line in output.splitlines()]


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], subprocess.Popen[str]]]:
    """One that will be frozen, and one that will not."""
    both = program(tmp_path, "frozen", str(SAGAS)), program(tmp_path, "awake", str(SAGAS), "frozen")
    yield both
    for each in both:
        if each.poll() is None:
            for pid in [each.pid, *engines_of(each.pid)]:
                os.kill(pid, signal.SIGCONT)
        each.kill()
        each.communicate()


def test_a_frozen_engine_is_taken_over_from_and_joins_again(
    programs: tuple[subprocess.Popen[str], subprocess.Popen[str]], tmp_path: Path
):
    frozen, awake = programs
    assert becomes_true(lambda: has_begun(tmp_path, "frozen") and has_begun(tmp_path, "awake"), within_s=30)
    time.sleep(random.random() / 2)
    victims = [frozen.pid, *engines_of(frozen.pid)]
    for pid in victims:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(FROZEN_S)
    log = (tmp_path / "awake.log").read_text()
    holds_the_lock = "has stood still" not in log and "write lock" in log
    assert "has stood still for 6 s" in log or holds_the_lock, log
    for pid in victims:
        os.kill(pid, signal.SIGCONT)
    went_on_s = time.monotonic()

    assert results(frozen, tmp_path / "frozen.log") == [["COMPLETED"] * SAGAS]
    *statuses, histories = results(awake, tmp_path / "awake.log")
    assert statuses == [["COMPLETED"] * SAGAS] * 2
    for history in histories:
        for step in STEPS:
            assert [name for name, about, _ in history if about == step and name == "step-completed"] == [
                "step-completed"
            ]
            assert repeated_only_if_lost(history, step), history
    lines = ledger(tmp_path)
    begun = collections.Counter(line.attempt for line in lines if line.what == "begins")
    assert len({attempt.partition("#")[0] for attempt in begun}) == 2 * SAGAS * len(STEPS)
    assert set(begun.values()) == {1}, "an attempt began twice"
    if not holds_the_lock:
        assert "it joins again" in (tmp_path / "frozen.log").read_text()
        late = {
            line.attempt
            for line in lines
            if line.name == "frozen" and line.at_s > went_on_s and line.what == "begins"
        }
        lost = {
            f"frozen-{i}:{step}#{attempt}"
            for i, history in enumerate(histories)
            for name, step, attempt in history
            if name == "attempt-lost"
        }
        assert late & lost == set(), "it began what another one had given up for lost"


def has_begun(folder: Path, name: str) -> bool:
    return sum(line.name == name for line in ledger(folder)) > SAGAS


def repeated_only_if_lost(history: list[tuple[str, str, int]], step: str) -> bool:
    """Whether each attempt but the first came behind one that was lost, and none behind a recorded result."""
    of_step = [name for name, about, _ in history if about == step and name != "attempt-queued"]
    return of_step == [
        "attempt-started",
        *["attempt-lost", "attempt-started"] * of_step.count("attempt-lost"),
        *of_step[-2:],
    ]


def test_a_write_lock_that_is_held_is_told_of_with_its_holder_and_nothing_is_acknowledged(tmp_path: Path):
    assert results(program(tmp_path, "first", "1"), tmp_path / "first.log") == [["COMPLETED"]]
    command = [sys.executable, "-c", _HOLDER, str(tmp_path / "till.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        second = program(tmp_path, "second", "1")
        second.communicate(timeout=LONGEST_RUN_S)
        holder.kill()
    assert f"process {holder.pid} holds its" in (tmp_path / "second.log").read_text()
    assert not any(line.name == "second" for line in ledger(tmp_path))


_HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""
