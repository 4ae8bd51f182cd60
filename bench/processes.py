"""What processes have used, read from /proc: of a process and of all that it started."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

PROC = Path("/proc")

_BEGINNING_S = 1.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_MAKING = b"/making-"
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def tree(*roots: int) -> list[int]:
    """Those processes and all that they have started, directly or not, and that still run."""
    parents = {
        int(path.name): parent for path in PROC.glob("[0-9]*") if (parent := _parent(path)) is not None
    }
    found = [root for root in roots if root in parents]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def without_cache_makers(pids: Iterable[int]) -> list[int]:
    """Those that are not there for later starts: a start cache is made in a folder ``making-…``."""
    return [pid for pid in pids if _MAKING not in _command(pid)]


def cpu_s(pids: Iterable[int]) -> float:
    """Processor time that the processes have used, the kernel's for them and their ended children's too."""
    return _sum(_cpu_s, pids)


def pss_mb(pids: Iterable[int]) -> float:
    """What the processes take of the memory: what they share is split between those who share it."""
    return _sum(_pss_mb, pids)


def kill(pids: Iterable[int]) -> None:
    """End the processes at once, as a power failure would."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def parse_stat(text: str) -> tuple[int, float]:
    """The parent, and the processor time in seconds, that a ``/proc/PID/stat`` tells."""
    fields = _after_name(text)
    return int(fields[1]), sum(map(int, fields[11:15])) / _TICKS_PER_S


def _after_name(stat: str) -> list[str]:
    return stat.rpartition(")")[2].split()  # the name before it may hold blanks and brackets


def _sum(figure: Callable[[Path], float], pids: Iterable[int]) -> float:
    total = 0.0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            total += figure(PROC / str(pid))
    return total


def _command(pid: int) -> bytes:
    """Its command line, for which one that has only just begun is waited for: it has none for a moment."""
    process = PROC / str(pid)
    end_s = time.monotonic() + _BEGINNING_S
    try:
        while not (command := (process / "cmdline").read_bytes()):
            if _has_ended(process) or time.monotonic() > end_s:
                break
            time.sleep(0.001)
    except (FileNotFoundError, ProcessLookupError):
        return b""
    return command


def _has_ended(process: Path) -> bool:
    return _after_name((process / "stat").read_text())[0] in {"Z", "X"}


def _parent(process: Path) -> int | None:
    try:
        return parse_stat((process / "stat").read_text())[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


def _cpu_s(process: Path) -> float:
    return parse_stat((process / "stat").read_text())[1]


def _pss_mb(process: Path) -> float:
    found = _PSS.search((process / "smaps_rollup").read_text())
    return int(found[1]) / 1024 if found else 0
