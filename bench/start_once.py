"""From the start of a Python program to its first result: how long, and what both processes then occupy.

`python bench/start_once.py --java HOME --runs 15` runs a program with one saga on SQLite again and again, by
turns without and with a start cache, and prints a JSON line for each way: medians in milliseconds and
megabytes, and all starts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

WAYS = ("without", "with")
CACHE_PATIENCE_S = 120

PROGRAM = """
import asyncio, time
from fireflytx import SagaEngine, saga, saga_step

@saga("first")
class First:
    @saga_step("reserve")
    async def reserve(self, data):
        return {"reservation": 1}

    @saga_step("charge", depends_on=["reserve"])
    async def charge(self, data):
        return {"charged": True}

async def main():
    async with SagaEngine(store="sqlite:///journal.db") as engine:
        result = await engine.execute(First, {"amount": 1})
        print(result.status, flush=True)
        await asyncio.to_thread(input)

asyncio.run(main())
"""


def pss_mb(pid: int) -> float:
    """The memory of a process, shared pages divided among those who share them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


def children(pid: int) -> list[int]:
    """The processes that a process has started, Java alone while no cache is made."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def run_once(java: str | None, cache: str, idle_s: float) -> dict[str, float]:
    """Starts the program in a folder of its own; what the start took, and what lies there afterwards."""
    environment = os.environ | {"FIREFLYTX_CACHE": cache} | ({"FIREFLYTX_JAVA_HOME": java} if java else {})
    with tempfile.TemporaryDirectory() as folder:
        begun_s = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        if process.stdout.readline() != "COMPLETED\n":
            raise SystemExit("The program did not complete its saga; its error is above.")
        taken_ms = (time.perf_counter() - begun_s) * 1000
        time.sleep(idle_s)
        memory = {"python_mb": pss_mb(process.pid), "java_mb": sum(map(pss_mb, children(process.pid)))}
        process.communicate("\n")
    return {"start_ms": taken_ms, **memory}


def fill(cache: str, java: str | None) -> None:
    """Lets a first start make the cache, and waits for it."""
    run_once(java, cache, 0)
    until_s = time.monotonic() + CACHE_PATIENCE_S
    while not list(Path(cache).glob("java-*.seal")) or list(Path(cache).glob("making-*")):
        if time.monotonic() > until_s:
            raise SystemExit(f"No start cache was made within {CACHE_PATIENCE_S} s.")
        time.sleep(0.1)


def summary(way: str, runs: list[dict[str, float]]) -> dict[str, Any]:
    """The medians of one way, and every start."""
    medians = {name: round(statistics.median(run[name] for run in runs), 1) for name in runs[0]}
    return {"cache": way, **medians, "all_start_ms": [round(run["start_ms"]) for run in runs]}


def main() -> None:
    """Measures both ways by turns, so that what else the machine does is spread over both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--java", help="a Java home; without it whichever an engine would find")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--idle-s", type=float, default=1.0, help="the pause before memory is looked at")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as filled:
        fill(filled, asked.java)
        runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
        for _ in range(asked.runs):
            runs["without"].append(run_once(asked.java, "off", asked.idle_s))
            runs["with"].append(run_once(asked.java, filled, asked.idle_s))
    for way in WAYS:
        print(json.dumps(summary(way, runs[way])))


if __name__ == "__main__":
    main()
