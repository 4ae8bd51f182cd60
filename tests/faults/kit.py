"""A Java whose system calls fail or whose clock is moved, and marks that skip a test without them."""

from __future__ import annotations

import contextlib
import os
import select
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

LIBFIU = Path("/usr/lib/fiu")
LIBFAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)

_SYNCS = "posix/io/sync/*"
_WRITES = "posix/io/rw/pwrite"
# Is enabled from the start, so that libfiu calls strdup before there are threads: its first call looks the
# function up while it holds libfiu's lock, which then meets a thread that has the loader's lock. Two starts
# in a hundred hung.
_NOTHING = "enable name=nothing"
FAULTS = {"EIO on sync": (_SYNCS, 5), "EIO on write": (_WRITES, 5), "ENOSPC on write": (_WRITES, 28)}


def _can_mount() -> bool:
    command = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False


needs_libfiu = pytest.mark.skipif(not LIBFIU.is_dir(), reason="libfiu is missing (Debian's fiu-utils)")
needs_libfaketime = pytest.mark.skipif(
    LIBFAKETIME is None, reason="libfaketime is missing (Debian's libfaketime)"
)
needs_mounts = pytest.mark.skipif(
    not _can_mount(), reason="this user may not mount a file system in a name space of its own"
)


def java_with(folder: Path, exports: str) -> Path:
    """An executable in ``folder`` that becomes Java with what the shell lines ``exports`` set."""
    java = folder / "java"
    java.write_text(f'#!/bin/sh\n{exports}\nexec {shlex.quote(shutil.which("java") or "java")} "$@"\n')
    java.chmod(0o700)
    return java


class Disk:
    """A disk that can be told to fail, under every engine that is run by its ``java``.

    Attributes:
        java: The executable, to be given to engines.
    """

    def __init__(self, folder: Path) -> None:
        self._pipes = f"{folder}/fiu"
        self._lasting = folder / "fiu-enable"
        self.java = java_with(
            folder,
            f"FIU_ENABLE=$(cat {shlex.quote(str(self._lasting))} 2>/dev/null || echo '{_NOTHING}')\n"
            f"FIU_CTRL_FIFO={shlex.quote(self._pipes)}\n"
            f"LD_PRELOAD='{LIBFIU}/fiu_run_preload.so {LIBFIU}/fiu_posix_preload.so'\n"
            "export FIU_ENABLE FIU_CTRL_FIFO LD_PRELOAD",
        )

    def fail_once(self, engines: list[int], fault: str) -> None:
        """The next call of that kind fails in these processes."""
        for pid in engines:
            self._say(pid, f"{_enable(fault)},onetime")

    def fail(self, engines: list[int], fault: str) -> None:
        """From now on each such call fails, in these processes and in those that are started meanwhile."""
        self._lasting.write_text(_enable(fault))
        for pid in engines:
            self._say(pid, _enable(fault))

    def mend(self, engines: list[int]) -> None:
        """Nothing fails any more."""
        self._lasting.unlink()
        for pid in engines:
            self._say(pid, f"disable name={_SYNCS}")
            self._say(pid, f"disable name={_WRITES}")

    def _say(self, pid: int, command: str) -> None:
        """Tells a process; one that dies of it, or has died, does not answer."""
        with contextlib.suppress(OSError), contextlib.ExitStack() as pipes:
            words = os.open(f"{self._pipes}-{pid}.in", os.O_WRONLY | os.O_NONBLOCK)
            pipes.callback(os.close, words)
            answer = os.open(f"{self._pipes}-{pid}.out", os.O_RDONLY | os.O_NONBLOCK)
            pipes.callback(os.close, answer)
            os.write(words, command.encode() + b"\n")
            select.select([answer], [], [], 1)


def _enable(fault: str) -> str:
    name, number = FAULTS[fault]
    return f"enable name={name},failinfo={number}"
