"""A Java whose system calls fail or whose clock is moved, and marks that skip a test without them."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

LIBFAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)

_JAVA = shlex.quote(shutil.which("java") or "java")
# What of an engine fails, and how, as strace writes it.
FAULTS = {
    "EIO on sync": "fsync,fdatasync:error=EIO",
    "EIO on write": "pwrite64:error=EIO",
    "ENOSPC on write": "pwrite64:error=ENOSPC",
}


def _can_trace() -> bool:
    """Whether strace is here, and this user may attach it to a process that is not its child."""
    if shutil.which("strace") is None:
        return False
    with subprocess.Popen(["sleep", "10"]) as bystander:
        try:
            _detach(_tracer("pwrite64:error=EIO", bystander.pid))
        except NotTraced:
            return False
        else:
            return True
        finally:
            bystander.kill()


def _can_mount() -> bool:
    command = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    with contextlib.suppress(FileNotFoundError):
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False


needs_libfaketime = pytest.mark.skipif(
    LIBFAKETIME is None, reason="libfaketime is missing (Debian's libfaketime)"
)
needs_mounts = pytest.mark.skipif(
    not _can_mount(), reason="this user may not mount a file system in a name space of its own"
)


def java_with(folder: Path, exports: str) -> Path:
    """An executable in ``folder`` that becomes Java after the shell lines ``exports``."""
    java = folder / "java"
    java.write_text(f'#!/bin/sh\n{exports}\nexec {_JAVA} "$@"\n')
    java.chmod(0o700)
    return java


class Disk:
    """A disk that can be told to fail, under every engine that is run by its ``java``.

    strace lets system calls fail without making them. (A library that is loaded before the others, libfiu,
    let one start in a hundred hang: it asks the loader for a function while it holds a lock of its own.)

    Attributes:
        java: The executable, to be given to engines.
    """

    def __init__(self, folder: Path) -> None:
        self._lasting = folder / "fault"
        self._tracers: list[subprocess.Popen[bytes]] = []
        self._watching: threading.Thread | None = None
        lasting = shlex.quote(str(self._lasting))
        self.java = java_with(
            folder,
            f"[ ! -e {lasting} ] || echo $$ >> {lasting}\n"
            f"while [ -e {lasting} ] && grep -q 'TracerPid:.0$' /proc/$$/status; do sleep 0.02; done",
        )

    def fail_once(self, engines: list[int], fault: str) -> None:
        """The next call of that kind fails in these processes."""
        self._trace(engines, f"{FAULTS[fault]}:when=1")

    def fail(self, engines: list[int], fault: str) -> None:
        """From now on each such call fails, in these processes and in those that are started meanwhile."""
        self._lasting.touch()
        self._trace(engines, FAULTS[fault])
        self._watching = threading.Thread(target=self._trace_new, args=[FAULTS[fault]])
        self._watching.start()

    def mend(self) -> None:
        """Nothing fails any more, and no process is traced. Can be called again."""
        self._lasting.unlink(missing_ok=True)
        if self._watching is not None:
            self._watching.join()
        for tracer in self._tracers:
            _detach(tracer)
        self._tracers.clear()

    def _trace_new(self, what: str) -> None:
        """Trace those that are started, which wait for it, as long as the fault lasts."""
        seen = 0
        with contextlib.suppress(FileNotFoundError):
            while True:
                started = self._lasting.read_text().split()
                self._trace(map(int, started[seen:]), what)
                seen = len(started)
                time.sleep(0.01)

    def _trace(self, engines: Iterable[int], what: str) -> None:
        for pid in engines:
            with contextlib.suppress(NotTraced):  # one that has just died
                self._tracers.append(_tracer(what, pid))


class NotTraced(Exception):
    """strace could not be attached to a process."""


def _tracer(what: str, pid: int) -> subprocess.Popen[bytes]:
    """A strace that lets ``what`` fail in every thread of a process, and is attached to them all."""
    command = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"inject={what}", "-p", str(pid)]
    tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while not _traced_by(tracer.pid, pid):
        if tracer.poll() is not None:
            raise NotTraced(f"strace ended with {tracer.returncode}")
        time.sleep(0.005)
    return tracer


def _detach(tracer: subprocess.Popen[bytes]) -> None:
    tracer.terminate()
    try:
        tracer.wait(1)
    except subprocess.TimeoutExpired:  # it may wait for ever for a process that is killed at that moment
        tracer.kill()
        tracer.wait()


def _traced_by(tracer_pid: int, pid: int) -> bool:
    try:
        threads = [(task / "status").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:  # a thread has just ended, or all of them have
        return False
    return all(f"TracerPid:\t{tracer_pid}\n" in status for status in threads)


needs_strace = pytest.mark.skipif(
    not _can_trace(), reason="strace is missing (Debian's strace), or may not be attached to a process"
)
