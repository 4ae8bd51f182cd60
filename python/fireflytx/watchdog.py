"""Finds the step that blocks the event loop, while it blocks it.

While attempts run, the loop beats: a timer notes the time. A daemon thread looks at the last beat; when it is
too old, the thread reads where the loop's own thread is stuck. Both rest while nothing runs.
"""

from __future__ import annotations

import asyncio
import site
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import Context
from types import FrameType
from typing import NamedTuple

from fireflytx.failures import PACKAGE_FOLDER
from fireflytx.logs import LOGGER, extras

_BEATS_PER_LIMIT = 20
_JOIN_S = 1.0


_RUN_CALLBACK = asyncio.Handle._run.__code__


class Suspect(NamedTuple):
    """The attempt that the loop is in."""

    saga: str
    step: str
    correlation_id: str
    attempt: int


class Watchdog:
    """Warns once each time a step holds the loop for longer than ``limit_ms``. Belongs to the running loop.

    Args:
        limit_ms: The longest time that a step may hold the loop.
        suspect: Names the attempt whose code the loop is in right now, or None; called in the watchdog's
            thread with the context variables that this code sees, where they can be found.
        is_busy: Whether any attempt is running; the watchdog rests when none is.
    """

    def __init__(
        self,
        limit_ms: int,
        *,
        suspect: Callable[[Context | None], Suspect | None],
        is_busy: Callable[[], bool],
    ) -> None:
        self._limit_s = limit_ms / 1000
        self._interval_s = max(0.002, self._limit_s / _BEATS_PER_LIMIT)
        self._suspect = suspect
        self._is_busy = is_busy
        self._loop = asyncio.get_running_loop()
        self._loop_thread_id = threading.get_ident()
        self._last_beat_s = 0.0
        self._beating = False
        self._awake = threading.Event()
        self._closed = threading.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._thread: threading.Thread | None = None

    def watch(self) -> None:
        """Attempts are about to run. Costs nothing while the watchdog is awake already."""
        if self._beating or self._closed.is_set():
            return
        self._beating = True
        self._beat()
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep_looking, name="fireflytx-watchdog", daemon=True)
            self._thread.start()
        self._awake.set()

    def close(self) -> None:
        """Stop beating and looking; the thread has ended when this returns."""
        self._closed.set()
        if self._timer is not None:
            self._timer.cancel()
        self._awake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(_JOIN_S)

    def _beat(self) -> None:
        self._last_beat_s = time.monotonic()
        if self._timer is None or self._is_busy():
            self._timer = self._loop.call_later(self._interval_s, self._beat)
        else:
            self._timer = None
            self._beating = False
            self._awake.clear()

    def _keep_looking(self) -> None:
        reported_s = 0.0
        while not self._closed.wait(self._interval_s):
            self._awake.wait()
            beat_s = self._last_beat_s
            if beat_s != reported_s and self._is_late(beat_s) and self._report():
                reported_s = beat_s

    def _is_late(self, beat_s: float) -> bool:
        return self._beating and time.monotonic() - beat_s > self._limit_s + self._interval_s

    def _report(self) -> bool:
        """Warn, if the loop is in a step's code; return whether it is."""
        frame = sys._current_frames().get(self._loop_thread_id)
        suspect = self._suspect(_variables(frame))
        if frame is None or suspect is None:
            return False
        LOGGER.warning(
            "Saga '%s': step '%s' has been blocking the event loop for over %d ms, in %s. Everything else "
            "waits. Use an async library, asyncio.to_thread, or a plain def step, which runs in a thread.",
            suspect.saga,
            suspect.step,
            round(self._limit_s * 1000),
            _place(frame),
            extra=extras(**suspect._asdict()),
        )
        return True


def _variables(frame: FrameType | None) -> Context | None:
    """The context variables of the callback that asyncio's loop is in: those of the task that it drives.

    A task doesn't tell its context before Python 3.12; and uvloop has no such frame to look at.
    """
    while frame is not None and frame.f_code is not _RUN_CALLBACK:
        frame = frame.f_back
    return getattr(frame.f_locals.get("self"), "_context", None) if frame is not None else None


def _place(innermost: FrameType) -> str:
    """File, line and function of the innermost frame of the user's own code."""
    frame = _user_frame(innermost)
    return f"{frame.f_code.co_filename}:{frame.f_lineno} ({frame.f_code.co_name})"


def _user_frame(innermost: FrameType) -> FrameType:
    """The innermost frame of code that nobody installed; if there is none, the frame of the step's method."""
    outermost = innermost
    for candidate in _inside_out(innermost):
        if not candidate.f_code.co_filename.startswith(_FOREIGN_FOLDERS):
            return candidate
        outermost = candidate
    return outermost


def _inside_out(innermost: FrameType) -> Iterator[FrameType]:
    """The frames from the innermost one out to this package's own."""
    frame: FrameType | None = innermost
    while frame is not None and not frame.f_code.co_filename.startswith(PACKAGE_FOLDER):
        yield frame
        frame = frame.f_back


def _foreign_folders() -> tuple[str, ...]:
    """Where code lives that the user didn't write: the standard library and installed packages."""
    paths = sysconfig.get_paths()
    named = [
        paths["stdlib"],
        paths["platstdlib"],
        paths["purelib"],
        paths["platlib"],
        site.getusersitepackages(),
    ]
    return (*(folder for folder in named if folder), "<frozen ")


_FOREIGN_FOLDERS = _foreign_folders()
