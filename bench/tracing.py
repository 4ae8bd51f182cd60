"""Counts what processes sync and write, from a log of their system calls that strace keeps."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

SYNCS = ("fsync", "fdatasync", "msync", "sync", "syncfs")
WRITES = ("write", "pwrite64", "writev", "pwritev", "pwritev2")

_CALL = re.compile(r"(\d+) +(\d+\.\d+) (?:<\.\.\. )?(\w+)(\(\d+<([^>]*)>)?(.*)")
_ANSWER = re.compile(r"= (\d+)$")


class Call(NamedTuple):
    """A system call that succeeded.

    Attributes:
        at_s: When it ended, or was begun if it ended at once; in seconds since 1970.
        name: Which one.
        path: The file that it was about; for another thing than a file, no path of one.
        answer: What it returned.
    """

    at_s: float
    name: str
    path: str
    answer: int


@functools.cache
def can_trace() -> bool:
    """Whether there is strace, and it may look on: a container may forbid it."""
    if shutil.which("strace") is None:
        return False
    tried = subprocess.run(["strace", "-f", "--seccomp-bpf", "true"], capture_output=True)
    return tried.returncode == 0


def tracer(log: Path, calls: Iterable[str]) -> list[str]:
    """The command to put before another one, to have those calls of it and of all its children logged."""
    # Only the calls that are asked for stop the process: the others cost next to nothing.
    options = ["-f", "--seccomp-bpf", "-qqq", "-y", "-ttt", "-s", "0", "-e", f"trace={','.join(calls)}"]
    return ["strace", *options, "-e", "signal=none", "-o", str(log)]


def parse(lines: Iterable[str]) -> Iterator[Call]:
    """The calls that a log tells of. A call of one process may be told in two lines, others' between them."""
    begun: dict[str, str] = {}
    for line in lines:
        found = _CALL.match(line)
        if found is None:
            continue
        pid, at_s, name, _, path, rest = found.groups()
        if rest.endswith("<unfinished ...>"):
            begun[pid] = path or ""
        elif answer := _ANSWER.search(rest):
            known = begun.pop(pid, "") if path is None else path
            yield Call(float(at_s), name, known, int(answer[1]))


def syncs(calls: Iterable[Call], window_s: tuple[float, float]) -> int:
    """How many syncs there were in the window."""
    return sum(call.name in SYNCS for call in _within(calls, window_s))


def written_bytes(calls: Iterable[Call], window_s: tuple[float, float]) -> int:
    """How many bytes were written to files in the window, and not to sockets, pipes and devices."""
    return sum(
        call.answer for call in _within(calls, window_s) if call.name in WRITES and _is_file(call.path)
    )


def _is_file(path: str) -> bool:
    return path.startswith("/") and not path.startswith(("/dev/", "/proc/"))


def _within(calls: Iterable[Call], window_s: tuple[float, float]) -> Iterator[Call]:
    begin_s, end_s = window_s
    return (call for call in calls if begin_s <= call.at_s < end_s)
