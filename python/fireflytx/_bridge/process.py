"""The engine's process on one event loop: its output, its end and its death by our hand, without a thread.

Raw descriptors are watched instead of asyncio's subprocess transports: those need a child watcher, warn when
their loop closes before them, and can't be let go of in a forked child.
"""

from __future__ import annotations

import asyncio
import signal
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fireflytx._bridge.child import Child, LinePipe
from fireflytx._bridge.inherited import abandon_in_forked_children
from fireflytx.logs import process_logger

_logger = process_logger()

_TAIL_LINES = 40
_POLL_INTERVAL_S = 0.05
_TERMINATE_WAIT_MS = 2_000
_KILL_WAIT_MS = 2_000
_CRASHES = {"SIGABRT", "SIGBUS", "SIGILL", "SIGSEGV"}


@dataclass(frozen=True, slots=True)
class JvmExit:
    """How the engine's process ended.

    Attributes:
        exit_code: Its exit code; the negative signal number if a signal killed it, as in `subprocess`.
        stderr_tail: The last lines that it printed, at most 40, joined by newlines. Lines of its standard
            output are among them, since the JVM prints some of its own fatal errors there.
    """

    exit_code: int
    stderr_tail: str

    @property
    def is_crash(self) -> bool:
        """Whether Java itself failed, rather than the program that it ran or somebody who killed it."""
        return self.exit_code < 0 and _signal_name(-self.exit_code) in _CRASHES

    def __str__(self) -> str:
        """Returns `ended with exit code 1` or `was killed by SIGKILL (exit code -9)`."""
        if self.exit_code >= 0:
            return f"ended with exit code {self.exit_code}"
        return f"was killed by {_signal_name(-self.exit_code)} (exit code {self.exit_code})"


class JvmProcess:
    """A running child. All methods but `kill_now` and `abandon` belong to the event loop that started it.

    Attributes:
        pid: The child's process id.
        died: Done with a `JvmExit` as soon as the process has ended; it has been reaped then.
    """

    def __init__(self, command: Sequence[str], *, on_stdout: Callable[[str], None]) -> None:
        """Starts `command`, on the running loop, which this holds for about a millisecond.

        Args:
            command: The executable and its arguments.
            on_stdout: Gets each line of standard output, without its end.

        Raises:
            OSError: The executable could not be run.
        """
        self._loop = asyncio.get_running_loop()
        self._child = child = Child(command)
        # In a garbage cycle the pipes could be finalized, and warn, before anything had a chance to close
        # them. Held by this finalizer they are never part of one. It runs at exit too.
        self._finalizer = weakref.finalize(self, child.destroy)
        self._on_stdout = on_stdout
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._poll_timer: asyncio.TimerHandle | None = None
        self.pid = child.pid
        self.died: asyncio.Future[JvmExit] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        abandon_in_forked_children(self)
        self._watch()

    @property
    def tail(self) -> str:
        """The last lines that the child has printed so far, at most 40, joined by newlines."""
        return "\n".join(self._tail)

    def write(self, data: bytes) -> None:
        """Writes a few bytes to the child's standard input; a child that is gone already is no error here."""
        self._child.write(data)

    async def stop(self, timeout_ms: int) -> None:
        """Ends the child: closes its input, waits, terminates, waits, kills, reaps. Can be called again.

        Takes at most `timeout_ms` and 4 s. Cancelled, it kills the child at once.

        Args:
            timeout_ms: How long the child may take to end by itself after its input was closed.
        """
        if self._child.is_foreign:
            return
        self._child.close_stdin()
        try:
            await self._end(timeout_ms)
        except asyncio.CancelledError:
            self.kill_now()
            raise

    def kill_now(self) -> None:
        """Kills and reaps the child silently, before it returns; from any thread or finalizer, at any time.

        Does nothing in a forked process, which is not the child's parent, nor when the child has ended.
        Blocks for the few milliseconds that a process takes to die, at most 2 s.
        """
        if self._child.is_foreign or self._child.is_closed:
            return
        self._child.kill_and_reap()
        # While the loop runs, descriptors that it watches may be closed on its thread alone, and it will
        # see the death by itself.
        if not self._loop.is_running():
            self._note_end()

    def abandon(self) -> None:
        """Closes this process's copies of the descriptors. For a forked process: it is not the parent."""
        self._child.abandon()

    async def _end(self, timeout_ms: int) -> None:
        if await self._has_died(timeout_ms):
            return
        self._child.signal(signal.SIGTERM)
        if await self._has_died(_TERMINATE_WAIT_MS):
            return
        self._child.signal(signal.SIGKILL)
        if not await self._has_died(_KILL_WAIT_MS):
            _logger.warning(
                "The Java engine, process %d, has survived SIGKILL for %d ms", self.pid, _KILL_WAIT_MS
            )

    async def _has_died(self, timeout_ms: int) -> bool:
        await asyncio.wait({self._ended}, timeout=timeout_ms / 1000)
        return self._ended.done()

    def _watch(self) -> None:
        self._loop.add_reader(self._child.stdout.fd, self._read, self._child.stdout, self._hear_stdout)
        self._loop.add_reader(self._child.stderr.fd, self._read, self._child.stderr, self._hear)
        if self._child.pidfd is None:
            self._poll()
        else:
            self._loop.add_reader(self._child.pidfd, self._note_end)

    def _read(self, pipe: LinePipe, hear: Callable[[Iterable[str]], None]) -> None:
        hear(pipe.read())
        if pipe.at_end:
            self._loop.remove_reader(pipe.fd)
            self._note_end()

    def _poll(self) -> None:
        """Asks again and again, where the system has no descriptor for a process's end."""
        self._note_end()
        if not self._child.is_closed:
            self._poll_timer = self._loop.call_later(_POLL_INTERVAL_S, self._poll)

    def _note_end(self) -> None:
        exit_code = self._child.exit_code()
        if exit_code is None or self._child.is_closed:
            return
        self._hear_stdout(self._child.stdout.read_the_rest())
        self._hear(self._child.stderr.read_the_rest())
        self._unwatch()
        self._child.close()
        self._finalizer.detach()
        if not self._loop.is_closed():
            self._announce(JvmExit(exit_code, self.tail))

    def _announce(self, exit: JvmExit) -> None:
        self._ended.set_result(None)
        if not self.died.done():  # a task that was cancelled while it awaited this has cancelled it too
            self.died.set_result(exit)

    def _unwatch(self) -> None:
        if self._poll_timer is not None:
            self._poll_timer.cancel()
        if self._loop.is_closed():
            return
        for descriptor in (self._child.stdout.fd, self._child.stderr.fd, self._child.pidfd):
            if descriptor is not None:
                self._loop.remove_reader(descriptor)

    def _hear_stdout(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._hear([line])
            self._on_stdout(line)

    def _hear(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._tail.append(line)
            _logger.debug("%s", line)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
