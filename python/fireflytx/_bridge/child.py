"""A child process as the system sees it: a pid, three pipes, an end. It knows of no event loop."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from typing import IO

_READ_BYTES = 65_536
_LINE_LIMIT_BYTES = 65_536
# A process forked off by the child may hold the pipe open and write on: its words must not delay the news.
_LAST_READS = 64
_KILL_WAIT_S = 2.0


class LinePipe:
    """Cuts what the child writes into lines, without ever waiting for it.

    Attributes:
        fd: The descriptor to watch.
        at_end: Whether the pipe has ended, which needs no watching any more.
    """

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._partial = b""
        self.fd = pipe.fileno()
        self.at_end = False
        os.set_blocking(self.fd, False)

    def read(self) -> list[str]:
        """Returns the lines that one read completes, without their ends; empty lines are left out."""
        try:
            chunk = os.read(self.fd, _READ_BYTES)
        except BlockingIOError:
            return []
        self.at_end = not chunk
        *lines, self._partial = (self._partial + chunk).split(b"\n")
        if self.at_end or len(self._partial) > _LINE_LIMIT_BYTES:
            lines.append(self._partial)
            self._partial = b""
        return [line.decode("utf-8", "replace").rstrip("\r") for line in lines if line]

    def read_the_rest(self) -> Iterator[str]:
        """Yields what is in the pipe of a child that has ended, a last line without an end included."""
        for _ in range(_LAST_READS):
            if self.at_end:
                return
            lines = self.read()
            if not lines and not self._partial:
                return
            yield from lines
        yield self._partial.decode("utf-8", "replace")

    def close(self) -> None:
        """Closes this side of the pipe."""
        self._pipe.close()


class Child:
    """A child that leads a process group of its own, so that Ctrl-C does not reach it.

    Signals go to the whole group: the real Java behind a launcher script gets them too.

    Attributes:
        pid: Its process id.
        pidfd: A descriptor that becomes readable at its end; None where the system has no such thing.
        stdout: Its standard output.
        stderr: Its standard error.
        is_closed: Whether our descriptors are closed.
    """

    def __init__(self, command: Sequence[str]) -> None:
        """Starts `command`.

        Raises:
            OSError: The executable could not be run.
        """
        self._popen = subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        assert self._popen.stderr is not None
        self._parent_pid = os.getpid()
        self._stdin = self._popen.stdin
        self.stdout = LinePipe(self._popen.stdout)
        self.stderr = LinePipe(self._popen.stderr)
        self.pid = self._popen.pid
        self.pidfd = _pidfd(self.pid)
        self.is_closed = False

    @property
    def is_foreign(self) -> bool:
        """Whether this is a fork of the process that started the child, and so not its parent."""
        return os.getpid() != self._parent_pid

    def write(self, data: bytes) -> None:
        """Writes a few bytes to its standard input; a child that is gone already is no error here."""
        with contextlib.suppress(OSError):
            self._stdin.write(data)

    def close_stdin(self) -> None:
        """Ends its standard input."""
        self._stdin.close()

    def exit_code(self) -> int | None:
        """Reaps it if it has ended and returns its exit code (negative: the killing signal), else None."""
        return self._popen.poll()

    def signal(self, number: int) -> None:
        """Sends a signal to its process group, if it still runs."""
        if self._popen.poll() is None:
            with contextlib.suppress(OSError):
                os.killpg(self.pid, number)

    def kill_and_reap(self) -> None:
        """Kills it and waits for its end, which takes a few milliseconds; gives up after 2 s."""
        self.close_stdin()
        self.signal(signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(_KILL_WAIT_S)

    def close(self) -> None:
        """Closes all descriptors; can be called again."""
        self.is_closed = True
        self._stdin.close()
        self.stdout.close()
        self.stderr.close()
        if self.pidfd is not None:
            os.close(self.pidfd)
            self.pidfd = None

    def abandon(self) -> None:
        """Closes all descriptors of a fork, for which the child is not its child."""
        self.close()
        self._popen.returncode = 0  # else its finalizer warns of a process that still runs

    def destroy(self) -> None:
        """Leaves nothing behind: kills, reaps, closes. In a fork it only closes."""
        if self.is_foreign:
            self.abandon()
        elif not self.is_closed:
            self.kill_and_reap()
            self.close()


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):  # not Linux, an old kernel, or a sandbox that refuses it
        return None
