"""What the benchmark reads about processes: from /proc, and from a log of system calls."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from bench import processes
from bench.closed_loop import ClosedLoop
from bench.processes import kill, parse_stat, pss_mb, tree, without_cache_makers
from bench.tracing import Call, parse, syncs, written_bytes

TRACE = """\
17 100.000001 write(3</data/log>, ""..., 10) = 10
17 100.100000 fdatasync(3</data/log> <unfinished ...>
18 100.200000 write(5<socket:[77]>, ""..., 99) = 99
18 100.300000 pwrite64(4</data/db>, ""..., 4096, 0) = 4096
17 100.400000 <... fdatasync resumed>) = 0
18 100.500000 fsync(4</data/db>) = -1 EIO (Input/output error)
18 100.600000 write(1</dev/pts/0>, ""..., 5) = 5
18 101.000000 fsync(4</data/db>) = 0
17 101.100000 +++ exited with 0 +++
"""


def test_a_call_told_in_two_lines_is_one_call() -> None:
    calls = [call for call in parse(TRACE.splitlines()) if call.name == "fdatasync"]

    assert calls == [Call(100.4, "fdatasync", "/data/log", 0)]


def test_syncs_count_that_succeeded_in_the_window() -> None:
    calls = list(parse(TRACE.splitlines()))

    assert (syncs(calls, (100, 101)), syncs(calls, (100, 102))) == (1, 2)


def test_only_bytes_to_files_count() -> None:
    assert written_bytes(parse(TRACE.splitlines()), (100, 102)) == 4106


def test_a_process_whose_name_has_brackets_is_read_like_any_other() -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    stat = f"42 (a) b) S 7 {' '.join('0' * 9)} {ticks} {ticks} 0 {ticks} 0 0"

    assert parse_stat(stat) == (7, 3.0)


def test_what_makes_a_start_cache_is_told_from_the_rest() -> None:
    cat, maker = _echo("cat"), _echo("cat", "-", "/cache/making-x1/journal.db")
    try:
        assert without_cache_makers([cat.pid, maker.pid]) == [cat.pid]
    finally:
        for process in (cat, maker):
            process.communicate()


def test_what_has_only_just_begun_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PROC", tmp_path)
    for pid, state in ((7, "R"), (8, "Z")):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "stat").write_text(f"{pid} (nice) {state} 1 0")
        (tmp_path / str(pid) / "cmdline").touch()
    begun = threading.Timer(0.05, (tmp_path / "7" / "cmdline").write_bytes, [b"nice\0/cache/making-x1/cache"])
    begun.start()

    assert without_cache_makers([7, 8]) == [8]
    begun.join()


def _echo(*command: str) -> subprocess.Popen[bytes]:
    """A process that has answered: a moment after its start, Linux tells no command line of it yet."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"\n")
    assert process.stdout.read(1) == b"\n"
    return process


def test_a_tree_has_the_children_of_children() -> None:
    code = "import subprocess, sys; subprocess.run(['cat'])"
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    try:
        while len(tree(parent.pid)) < 2:
            pass
        found = tree(os.getpid())
        assert set(tree(parent.pid)) < set(found)
        assert pss_mb(found) > pss_mb([parent.pid]) > 0
    finally:
        kill(tree(parent.pid))
        parent.communicate()


def test_a_process_that_is_gone_is_no_tree() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()

    assert tree(ended.pid) == []


@pytest.mark.asyncio
async def test_a_closed_loop_has_as_many_sagas_in_flight_as_it_should() -> None:
    running = most = 0

    async def run_saga(number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    loop = ClosedLoop(run_saga, in_flight=7)
    loop.begin()
    await loop.let_run(0.01, 5)

    assert most == 7
    assert len(loop.latencies_s) >= 7


@pytest.mark.asyncio
async def test_a_saga_that_fails_ends_the_measurement() -> None:
    async def run_saga(number: int) -> None:
        raise RuntimeError("saga failed")

    loop = ClosedLoop(run_saga, in_flight=1)
    loop.begin()

    with pytest.raises(RuntimeError, match="saga failed"):
        await loop.let_run(5, 5)


@pytest.mark.asyncio
async def test_a_slow_loop_runs_on_until_each_place_has_had_a_saga() -> None:
    ended = asyncio.Event()

    async def run_saga(number: int) -> None:
        await ended.wait()

    loop = ClosedLoop(run_saga, in_flight=2)
    loop.begin()
    asyncio.get_running_loop().call_later(0.05, ended.set)
    await loop.let_run(0.001, 60)

    assert len(loop.latencies_s) >= 2
