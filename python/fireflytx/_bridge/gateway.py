"""One connection to the engine, in py4j's wire format, on the event loop and without a thread.

A call is a few lines, an answer is one line; see `PROTOCOL.md`, "Transport". The socket is watched directly
instead of through an asyncio transport: a transport warns when its loop closes before it, and a forked child
could not let go of it without disturbing its parent's loop.
"""

from __future__ import annotations

import asyncio
import os
import socket

from fireflytx._bridge.inherited import abandon_in_forked_children
from fireflytx.exceptions import ProtocolError
from fireflytx.logs import process_logger

_logger = process_logger()

_HOST = "127.0.0.1"
_READ_BYTES = 65_536


class ConnectionLost(ConnectionError):
    """The connection ended, or could not be made. Whether a call had reached the engine is unknown."""


class GatewayConnection:
    """A connection that has shown its token; it carries one call at a time, on the loop that opened it.

    Attributes:
        closed: Done, with None, when the connection has ended, by either side.
    """

    @classmethod
    async def open(cls, port: int, token: str, *, timeout_ms: int = 5_000) -> GatewayConnection:
        """Returns a connection that the engine has accepted.

        Args:
            port: The engine's port on the loopback address.
            token: The secret that the engine expects.
            timeout_ms: The limit for connecting and being accepted.

        Raises:
            ConnectionLost: Nothing listens there, or nothing answered in time.
            ProtocolError: The engine refused the token, or what answered is no engine.
        """
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                connection = cls(await _connect(port), _Wire())
                await connection._authenticate(token)
                return connection
        except TimeoutError:
            raise ConnectionLost(
                f"The engine at port {port} accepted no connection in {timeout_ms} ms"
            ) from None

    def __init__(self, connected: socket.socket, wire: _Wire) -> None:
        """Takes over a connected, non-blocking socket; use `open`."""
        self._loop = asyncio.get_running_loop()
        self._owner_pid = os.getpid()
        self._socket = connected
        self._wire = wire
        self._received = bytearray()
        self._unsent = memoryview(b"")
        self._answer: asyncio.Future[bytes] | None = None
        self.closed: asyncio.Future[None] = self._loop.create_future()
        abandon_in_forked_children(self)
        self._loop.add_reader(connected, self._on_readable)

    async def call(self, method: str, text: bytes) -> bytes:
        """Returns the engine's answer to one call of its entry point.

        Cancelled, it closes the connection, as the answer would be taken for that of the next call.

        Args:
            method: The entry point's method.
            text: Its argument, UTF-8.

        Returns:
            The answer, UTF-8.

        Raises:
            ConnectionLost: The connection ended before the answer came, or had ended before the call.
            ProtocolError: The engine answered with an error, or not with a string.
        """
        return self._wire.string_of(await self._exchange(self._wire.call(method, text)))

    def close(self) -> None:
        """Ends the connection; a call in flight raises ConnectionLost. Can be called again, and loopless."""
        self._end("this side closed it")

    def abandon(self) -> None:
        """Closes this process's copy of the socket. For a forked child: its parent keeps the connection."""
        self._socket.close()

    def __del__(self) -> None:
        """Closes the socket without noise when the loop was closed, and forgot this, before `close`."""
        if hasattr(self, "_socket"):
            self._socket.close()

    async def _authenticate(self, token: str) -> None:
        try:
            self._wire.check_accepted(await self._exchange(self._wire.authentication(token)))
        except BaseException:
            self.close()
            raise

    async def _exchange(self, request: bytes) -> bytes:
        if self._answer is not None:
            raise RuntimeError("This connection waits for an answer already; it carries one call at a time")
        if self._is_closed():
            raise ConnectionLost("The connection to the engine is closed")
        answer: asyncio.Future[bytes] = self._loop.create_future()
        self._answer = answer
        try:
            self._send(memoryview(request))
            return await answer
        except asyncio.CancelledError:
            self.close()
            raise
        finally:
            self._answer = None

    def _send(self, data: memoryview) -> None:
        try:
            sent = self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except ConnectionError:
            # The reader finds the end too, and before it the engine's last words, if there are any.
            sent = len(data)
        except OSError as error:
            self._end(str(error))
            return
        self._unsent = data[sent:]
        if self._unsent:
            self._loop.add_writer(self._socket, self._on_writable)

    def _on_writable(self) -> None:
        self._loop.remove_writer(self._socket)
        self._send(self._unsent)

    def _on_readable(self) -> None:
        try:
            chunk = self._socket.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(str(error))
            return
        if not chunk:
            self._end("the engine closed it")
        elif chunk.endswith(b"\n") and not self._received:
            self._take(chunk)
        else:
            self._gather(chunk)

    def _gather(self, chunk: bytes) -> None:
        """Collects a long answer; only the new chunk is looked at, so that its length costs linear time."""
        self._received += chunk
        if chunk.endswith(b"\n"):
            whole, self._received = bytes(self._received), bytearray()
            self._take(whole)

    def _take(self, whole: bytes) -> None:
        if self._answer is None or self._answer.done():
            self._end("the engine sent an answer that nothing had asked for")
        else:
            self._answer.set_result(whole[:-1])
            if self._unsent:
                self._end("the engine answered before it had the whole call")

    def _end(self, reason: str) -> None:
        if self._is_closed():
            return
        if os.getpid() == self._owner_pid and not self._loop.is_closed():
            self._unwatch()
            if not self.closed.done():  # a task that was cancelled while it awaited this has cancelled it too
                self.closed.set_result(None)
            if self._answer is not None and not self._answer.done():
                self._answer.set_exception(ConnectionLost(f"The connection to the engine ended: {reason}"))
        self._socket.close()

    def _unwatch(self) -> None:
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._unsent = memoryview(b"")

    def _is_closed(self) -> bool:
        return self._socket.fileno() == -1


class _Wire:
    """py4j's format in bytes, with py4j's own constants, imported when the first connection opens."""

    def __init__(self) -> None:
        from py4j import protocol

        returned: str = protocol.RETURN_MESSAGE
        self._call_start = (protocol.CALL_COMMAND_NAME + protocol.ENTRY_POINT_OBJECT_ID + "\n").encode()
        self._text_start = b"\n" + protocol.STRING_TYPE.encode()
        self._call_end = b"\n" + protocol.END_COMMAND_PART.encode()
        self._authenticate: bytes = protocol.AUTH_COMMAND_NAME.encode() + b"\n"
        self._string: bytes = (returned + protocol.SUCCESS + protocol.STRING_TYPE).encode()
        self._accepted = (returned + protocol.SUCCESS).encode()
        self._errors = tuple((returned + kind).encode() for kind in (protocol.ERROR, protocol.FATAL_ERROR))
        self._string_type = protocol.STRING_TYPE.encode()

    def call(self, method: str, text: bytes) -> bytes:
        parts = (self._call_start, method.encode(), self._text_start, _escaped(text), self._call_end)
        return b"".join(parts)

    def authentication(self, token: str) -> bytes:
        return self._authenticate + token.encode() + b"\n"

    def check_accepted(self, answer: bytes) -> None:
        if answer.startswith(self._errors):
            raise ProtocolError(f"The engine refused this connection's token: {self._error_message(answer)}")
        if not answer.startswith(self._accepted):
            raise ProtocolError("What answered to the token is no engine: another program has its port")

    def string_of(self, answer: bytes) -> bytes:
        if answer.startswith(self._string):
            return _unescaped(answer[len(self._string) :])
        if answer.startswith(self._errors):
            raise ProtocolError(f"The engine answered with an error: {self._error_message(answer)}")
        raise ProtocolError("A string was expected from the engine, but its answer has another type")

    def _error_message(self, answer: bytes) -> str:
        typed = answer[len(self._errors[0]) :]
        if not typed.startswith(self._string_type):
            return "it gave no message"
        message = _unescaped(typed[len(self._string_type) :]).decode("utf-8", "replace")
        _logger.debug("The engine's error in full: %s", message)  # a stack trace follows its first line
        return message.partition("\n")[0]


async def _connect(port: int) -> socket.socket:
    connecting = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        connecting.setblocking(False)
        # Without it each message over 8 KiB waits 40 ms for the other side's delayed acknowledgement.
        connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(connecting, (_HOST, port))
    except BaseException as error:
        connecting.close()
        if isinstance(error, OSError):
            raise ConnectionLost(f"The engine at port {port} cannot be reached: {error}") from error
        raise
    return connecting


def _escaped(text: bytes) -> bytes:
    return text.replace(b"\\", b"\\\\").replace(b"\r", b"\\r").replace(b"\n", b"\\n")


def _unescaped(text: bytes) -> bytes:
    if b"\\" not in text:
        return text
    # An escaped backslash is cut out first: what is left of the others is then an escape for sure.
    return b"\\".join([_without_escapes(part) for part in text.split(b"\\\\")])


def _without_escapes(part: bytes) -> bytes:
    if b"\\" not in part:
        return part
    lines = part.replace(b"\\n", b"\n")
    return lines.replace(b"\\r", b"\r") if b"\\" in lines else lines
