"""Help for tests that look at processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

_PYTHON_FOLDER = Path(__file__).parents[2] / "python"


def engines_of(parent_pid: int) -> list[int]:
    """The engine processes that a Python process has started, alive ones only."""
    wanted = b"--parent-pid\0%d\0" % parent_pid
    return [
        pid for pid in _all_pids() if wanted in _read(pid, "cmdline") and b") Z " not in _read(pid, "stat")
    ]


def _all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


def becomes_true(condition: Callable[[], object], *, within_s: float) -> bool:
    """Whether ``condition`` holds before the time is over."""
    end_s = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > end_s:
            return False
        time.sleep(0.01)
    return True


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def script(text: str, folder: Path) -> subprocess.Popen[str]:
    """A Python program that runs ``text`` with every warning shown, its output piped."""
    path = folder / "script.py"
    path.write_text(text)
    return subprocess.Popen(
        [sys.executable, "-X", "dev", "-u", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_PYTHON_FOLDER)},
        cwd=folder,
    )


def run_script(text: str, folder: Path) -> tuple[str, str]:
    """What the program printed to its two outputs, when it has ended well."""
    process = script(text, folder)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return output, errors
