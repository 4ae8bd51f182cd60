"""What an engine costs: memory, threads and open files of this process and of its engine's."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import threading
from pathlib import Path
from typing import NamedTuple

from tests.integration.processes import engines_of

_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


class Cost(NamedTuple):
    """Of both processes together."""

    memory_mb: float
    threads: int
    files: int


def cost() -> Cost:
    """What both processes cost now, garbage left out."""
    gc.collect()
    own, *engines = processes()
    for engine in engines:
        subprocess.run(["jcmd", str(engine), "GC.run"], check=True, capture_output=True)
    pids = [own, *engines]
    return Cost(
        sum(map(memory_mb, pids)),
        sum(len(os.listdir(f"/proc/{pid}/task")) for pid in pids),
        sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids),
    )


def processes() -> list[int]:
    """This process and its engine."""
    return [os.getpid(), *engines_of(os.getpid())]


def memory_mb(pid: int) -> float:
    """A process's share of what is in memory (PSS)."""
    found = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    assert found is not None
    return int(found[1]) / 1024


class MemoryWatch:
    """Notes the most that both processes take together while it is open.

    Attributes:
        peak_mb: The most so far.
    """

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            self.peak_mb = max(self.peak_mb, sum(map(memory_mb, processes())))


def missed(figures: dict[str, float], goals: dict[str, float]) -> int:
    """Print the figures beside the goals that they must not pass; 1 if one does."""
    for name, figure in figures.items():
        goal = f"  (at most {goals[name]:g})" if name in goals else ""
        print(f"{name:32} {figure:10.2f}{goal}", flush=True)
    late = [name for name, goal in goals.items() if figures[name] > goal]
    if late:
        print("Missed:", ", ".join(late))
    return 1 if late else 0
