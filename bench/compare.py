"""Two checkouts beside each other: the same sagas by turns, so that the machine's moods meet both.

    .venv/bin/python -m bench.compare /path/to/other /path/to/this

Each checkout needs its jars (``make jars``). An engine of each runs all the time, without a start cache
(none is made meanwhile), and while one is measured the other has nothing to do. Prints a line of JSON for
each number in flight and each checkout: medians, and the quartiles of the ratios to the first checkout.
``--sync-delay-us`` lets each sync of a file take so much longer, by strace: what a slower disk would show.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import IO, Any

from bench.actions import Actions
from bench.figures import percentile
from bench.peers import ROOT, SUBJECTS, Setting
from bench.processes import cpu_s, tree
from bench.runner import SCRATCH
from bench.workloads import WORKLOADS

_OURS = ("fireflytx-sqlite", "fireflytx-memory")
_WARM_UP = ((256, 8.0), (32, 4.0))


class Engine:
    """A process with an engine of one checkout, that runs sagas when it is told to.

    Args:
        checkout: The folder with ``python/fireflytx`` and its jars.
        folder: Where it keeps its files.
        asked: What to run.
    """

    def __init__(self, checkout: Path, folder: Path, asked: argparse.Namespace) -> None:
        if not list(checkout.glob("python/fireflytx/_java/fireflytx-*.jar")):
            raise SystemExit(f"{checkout}: no jars of ours are there. Is it a checkout? Run 'make jars'.")
        folder.mkdir()
        delayed = "fsync,fdatasync"
        slow = ["strace", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", f"trace={delayed}"]
        slow += ["-e", f"inject={delayed}:delay_exit={asked.sync_delay_us}"]
        job = [asked.subject, asked.workload, str(folder)]
        self._process = subprocess.Popen(
            [*(slow if asked.sync_delay_us else ()), sys.executable, "-m", "bench.compare", "--inside", *job],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": f"{checkout / 'python'}:{ROOT}", "FIREFLYTX_CACHE": "off"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for in_flight, seconds in _WARM_UP:
            self.measure(in_flight, seconds)

    def measure(self, in_flight: int, seconds: float) -> dict[str, float]:
        """Let it run so many sagas at once, so long; what they took and cost."""
        stdin, stdout = _pipes(self._process)
        stdin.write(f"{in_flight} {seconds}\n")
        stdin.flush()
        if not (line := stdout.readline()):
            raise SystemExit("An engine has ended; its error is above.")
        figures: dict[str, float] = json.loads(line)
        return figures

    def end(self) -> None:
        """Let the process end, and wait for it."""
        self._process.communicate()


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def summary(turns: Sequence[Mapping[str, dict[str, float]]], name: str, first: str) -> dict[str, Any]:
    """The medians of one checkout, and its ratios to the first one, turn for turn."""
    figures = turns[0][name]
    medians = {each: round(statistics.median(turn[name][each] for turn in turns), 3) for each in figures}
    rates = [turn[name]["sagas_per_s"] / turn[first]["sagas_per_s"] for turn in turns]
    costs = [turn[name]["cpu_ms"] / turn[first]["cpu_ms"] for turn in turns]
    return {
        **medians,
        "speed_ratio": [round(each, 3) for each in statistics.quantiles(rates, n=4)],
        "cpu_ratio": [round(each, 3) for each in statistics.quantiles(costs, n=4)],
    }


def compare(asked: argparse.Namespace) -> None:
    """Measure all checkouts by turns and print what came out."""
    names = [str(number) for number in range(len(asked.checkouts))]
    checkouts: dict[str, Path] = dict(zip(names, asked.checkouts, strict=True))
    SCRATCH.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        engines = {
            name: Engine(path.resolve(), Path(folder) / name, asked) for name, path in checkouts.items()
        }
        for in_flight in asked.in_flight:
            turns = []
            for turn in range(asked.turns):
                order = names if turn % 2 else names[::-1]
                turns.append({name: engines[name].measure(in_flight, asked.seconds) for name in order})
            for name, path in checkouts.items():
                found = {"in_flight": in_flight, "checkout": str(path), **summary(turns, name, names[0])}
                print(json.dumps(found), flush=True)
        for engine in engines.values():
            engine.end()


async def _inside(subject: str, workload_name: str, folder: str) -> None:
    """The process with the engine: runs what the lines of its standard input tell."""
    workload, numbers = WORKLOADS[workload_name], count(time.time_ns())
    peer = SUBJECTS[subject].open(Setting(workload, Actions(), Path(folder), ""))

    async def run_saga() -> None:
        workload.require_end(await peer.run_saga(next(numbers)))

    await peer.start()
    while line := await asyncio.to_thread(sys.stdin.readline):
        in_flight, seconds = line.split()
        print(json.dumps(await _measured(run_saga, int(in_flight), float(seconds))), flush=True)
    await peer.stop()


async def _measured(
    run_saga: Callable[[], Awaitable[None]], in_flight: int, seconds: float
) -> dict[str, float]:
    """Run so many sagas at once, so long, and let the last ones end: then the other checkout has its turn."""
    took_s: list[float] = []
    begun_s, before_s = time.perf_counter(), cpu_s(tree(os.getpid()))

    async def drive() -> None:
        while (at_s := time.perf_counter()) < begun_s + seconds:
            await run_saga()
            took_s.append(time.perf_counter() - at_s)

    await asyncio.gather(*(drive() for _ in range(in_flight)))
    ended_s, after_s = time.perf_counter(), cpu_s(tree(os.getpid()))
    return {
        "sagas_per_s": len(took_s) / (ended_s - begun_s),
        "p50_ms": percentile(took_s, 50) * 1000,
        "cpu_ms": (after_s - before_s) * 1000 / len(took_s),
    }


def main() -> None:
    """Read what was asked for and do it."""
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("checkouts", nargs="+", type=Path, help="others are compared to the first")
    parser.add_argument("--subject", default="fireflytx-sqlite", choices=_OURS)
    parser.add_argument("--workload", default="order", choices=sorted(WORKLOADS))
    parser.add_argument("--in-flight", type=int, nargs="+", default=[1, 32, 256])
    parser.add_argument("--turns", type=int, default=20, help="at least 2")
    parser.add_argument("--seconds", type=float, default=1.5, help="how long each is measured in a turn")
    parser.add_argument("--sync-delay-us", type=int, default=0, help="0: no strace")
    compare(parser.parse_args())


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        asyncio.run(_inside(*sys.argv[2:]))
    else:
        main()
